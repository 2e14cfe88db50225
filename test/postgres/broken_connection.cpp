// SPDX-License-Identifier: BSL-1.0
#include "postgres/broken_connection.hpp"

#include <cerrno>
#include <cstdlib>

#include <dlfcn.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace test;

FaultPlan test::fault_plan;

namespace {

[[nodiscard]] bool is_time() { return fault_plan.is_armed && ++fault_plan.calls == fault_plan.at; }

[[noreturn]] void die() {
    kill(getpid(), SIGKILL);
    std::abort();
}

ssize_t fail(int socket) {
    shutdown(socket, SHUT_RDWR);
    errno = ECONNRESET;
    return -1;
}

template <class Call> ssize_t faulty(int socket, std::size_t size, Call call) {
    if (!is_time()) {
        return call(size);
    }
    if (fault_plan.fault == Fault::death_before) {
        die();
    }
    if (fault_plan.fault != Fault::before) {
        (void)call(fault_plan.fault == Fault::halfway ? size / 2 : size);
    }
    if (fault_plan.fault == Fault::death_after) {
        die();
    }
    return fail(socket);
}

template <class Function> Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

// libpq finds these first.
extern "C" {
__attribute__((visibility("default"))) ssize_t send(int socket, const void* bytes, std::size_t size,
                                                    int flags) {
    static auto* const real = next<ssize_t(int, const void*, std::size_t, int)>("send");
    return faulty(socket, size, [&](std::size_t part) { return real(socket, bytes, part, flags); });
}
__attribute__((visibility("default"))) ssize_t recv(int socket, void* bytes, std::size_t size,
                                                    int flags) {
    static auto* const real = next<ssize_t(int, void*, std::size_t, int)>("recv");
    return faulty(socket, size, [&](std::size_t part) { return real(socket, bytes, part, flags); });
}
}
