// SPDX-License-Identifier: BSL-1.0

// The C library's calls by which a program polls. A queue's FIFO, which costs two system calls a
// message, is only kept up to date from when somebody does so. Who polls by a raw system call, or
// by io_uring(7), finds the queue empty and writable; one poll(2) of it ends that.

#undef _FORTIFY_SOURCE // whose poll() is an inline function of its own

#include <cstdarg>
#include <cstddef>
#include <ctime>
#include <initializer_list>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <crex/export.hpp>

#include "mqueue/c_library.hpp"
#include "mqueue/numbers.hpp"
#include "mqueue/open_queues.hpp"

using namespace crex::mqueue;

namespace {

using Sets = std::initializer_list<const fd_set*>;

constinit const Next<int(pollfd*, nfds_t, int)> next_poll{"poll"};
constinit const Next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)> next_ppoll{"ppoll"};
constinit const Next<int(int, fd_set*, fd_set*, fd_set*, timeval*)> next_select{"select"};
constinit const Next<int(int, fd_set*, fd_set*, fd_set*, const timespec*, const sigset_t*)>
    next_pselect{"pselect"};
constinit const Next<int(int, int, int, epoll_event*)> next_epoll_ctl{"epoll_ctl"};

[[gnu::constructor]] void look_up() {
    next_fcntl.look_up();
    next_poll.look_up();
    next_ppoll.look_up();
    next_select.look_up();
    next_pselect.look_up();
    next_epoll_ctl.look_up();
}

void about_to_poll(const pollfd* descriptors, nfds_t count) noexcept {
    if (OpenQueues::any_is_silent() && descriptors != nullptr) {
        for (nfds_t i = 0; i < count; ++i) {
            OpenQueues::polled(descriptors[i].fd);
        }
    }
}

// A set may be longer than its type says.
bool has(const fd_set* set, int number) noexcept {
    const auto* const words = reinterpret_cast<const fd_mask*>(set);
    return set != nullptr &&
           (static_cast<unsigned long>(words[number / NFDBITS]) >> (number % NFDBITS) & 1) != 0;
}

void about_to_select(int count, Sets sets) noexcept {
    for (int number = 0; OpenQueues::any_is_silent() && number < count; ++number) {
        for (const fd_set* const set : sets) {
            if (has(set, number)) {
                OpenQueues::polled(number);
            }
        }
    }
}

// The kernel sets this for what open(2) opens, and not for what mq_open(3) does.
constexpr int large_file = 0100000;

int control(int number, int command, void* argument) {
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: {
        const int twin = next_fcntl(number, command, argument);
        numbers.changed(twin);
        return twin;
    }
    case F_GETFL: {
        const int flags = next_fcntl(number, command, argument);
        return flags > 0 && OpenQueues::has(number) ? flags & ~large_file : flags;
    }
    default:
        return next_fcntl(number, command, argument);
    }
}

} // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl50-cpp,cert-dcl51-cpp)
extern "C" {

CREX_EXPORT int fcntl(int number, int command, ...) {
    std::va_list rest;
    va_start(rest, command);
    void* const argument = va_arg(rest, void*);
    va_end(rest);
    return control(number, command, argument);
}

CREX_EXPORT int fcntl64(int number, int command, ...) {
    std::va_list rest;
    va_start(rest, command);
    void* const argument = va_arg(rest, void*);
    va_end(rest);
    return control(number, command, argument);
}

CREX_EXPORT int poll(pollfd* descriptors, nfds_t count, int timeout) {
    about_to_poll(descriptors, count);
    return next_poll(descriptors, count, timeout);
}

CREX_EXPORT int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout,
                      const sigset_t* mask) {
    about_to_poll(descriptors, count);
    return next_ppoll(descriptors, count, timeout, mask);
}

// What a program built with _FORTIFY_SOURCE calls.
CREX_EXPORT int __poll_chk(pollfd* descriptors, nfds_t count, int timeout, std::size_t size) {
    static constinit const Next<int(pollfd*, nfds_t, int, std::size_t)> next{"__poll_chk"};
    about_to_poll(descriptors, count);
    return next(descriptors, count, timeout, size);
}

CREX_EXPORT int __ppoll_chk(pollfd* descriptors, nfds_t count, const timespec* timeout,
                            const sigset_t* mask, std::size_t size) {
    static constinit const Next<int(pollfd*, nfds_t, const timespec*, const sigset_t*, std::size_t)>
        next{"__ppoll_chk"};
    about_to_poll(descriptors, count);
    return next(descriptors, count, timeout, mask, size);
}

CREX_EXPORT int select(int count, fd_set* readable, fd_set* writable, fd_set* others,
                       timeval* timeout) {
    about_to_select(count, {readable, writable, others});
    return next_select(count, readable, writable, others, timeout);
}

CREX_EXPORT int pselect(int count, fd_set* readable, fd_set* writable, fd_set* others,
                        const timespec* timeout, const sigset_t* mask) {
    about_to_select(count, {readable, writable, others});
    return next_pselect(count, readable, writable, others, timeout, mask);
}

CREX_EXPORT int epoll_ctl(int events, int operation, int number, epoll_event* event) noexcept {
    if (operation != EPOLL_CTL_DEL) {
        OpenQueues::polled(number);
    }
    return next_epoll_ctl(events, operation, number, event);
}

} // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl50-cpp,cert-dcl51-cpp)
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
