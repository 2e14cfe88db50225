// SPDX-License-Identifier: BSL-1.0

// The C library's calls by which a program polls. A queue's FIFO costs two system calls a message,
// so it is kept up to date only from the first such call on. A program that polls by a raw system
// call, or by io_uring(7), finds the queue empty and writable; one poll(2) of it ends that. The
// first poll of a queue is not async-signal-safe: a signal handler that interrupts a call of this
// library, or malloc(3), may find the queue as it was.

#undef _FORTIFY_SOURCE   // it makes poll() an inline function
#undef _FILE_OFFSET_BITS // it makes fcntl() and fcntl64() one

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <ctime>
#include <initializer_list>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>

#include <crex/export.hpp>
#include <crex/timeout.hpp>

#include "mqueue/c_library.hpp"
#include "mqueue/numbers.hpp"
#include "mqueue/open_queues.hpp"

using namespace crex::mqueue;

namespace {

using Sets = std::initializer_list<const fd_set*>;

constinit const Next<int(pollfd*, nfds_t, int)> next_poll{"poll"};
constinit const Next<int(pollfd*, nfds_t, int, std::size_t)> next_poll_chk{"__poll_chk"};
constinit const Next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)> next_ppoll{"ppoll"};
constinit const Next<int(pollfd*, nfds_t, const timespec*, const sigset_t*, std::size_t)>
    next_ppoll_chk{"__ppoll_chk"};
constinit const Next<int(int, fd_set*, fd_set*, fd_set*, timeval*)> next_select{"select"};
constinit const Next<int(int, fd_set*, fd_set*, fd_set*, const timespec*, const sigset_t*)>
    next_pselect{"pselect"};
constinit const Next<int(int, int, int, epoll_event*)> next_epoll_ctl{"epoll_ctl"};

[[gnu::constructor]] void look_up() {
    next_fcntl.look_up();
    next_poll.look_up();
    next_poll_chk.look_up();
    next_ppoll.look_up();
    next_ppoll_chk.look_up();
    next_select.look_up();
    next_pselect.look_up();
    next_epoll_ctl.look_up();
}

// How long a call may wait, all of it: also for a lock whose holder is stopped.

crex::Timeout timeout_of(int milliseconds) {
    return milliseconds < 0 ? crex::no_timeout : std::chrono::milliseconds{milliseconds};
}
crex::Timeout timeout_of(const timespec* time) {
    return time == nullptr ? crex::no_timeout
                           : std::chrono::duration<long double>{time->tv_sec} +
                                 std::chrono::nanoseconds{time->tv_nsec};
}
crex::Timeout timeout_of(const timeval* time) {
    return time == nullptr ? crex::no_timeout
                           : std::chrono::duration<long double>{time->tv_sec} +
                                 std::chrono::microseconds{time->tv_usec};
}

// The kernel refuses a longer array, perhaps without looking at it.
bool is_too_long(nfds_t count) {
    constexpr nfds_t usual = 1024;
    rlimit limit{};
    return count > usual && getrlimit(RLIMIT_NOFILE, &limit) == 0 && count > limit.rlim_cur;
}

// Each of these is false, with EINTR, when a signal handler has already ended the wait.

template <class Time> bool may_poll(pollfd* descriptors, nfds_t count, Time time) noexcept {
    if (!OpenQueues::any_is_silent() || descriptors == nullptr || is_too_long(count)) {
        return true;
    }
    return std::all_of(descriptors, descriptors + count, [&](const pollfd& each) {
        return OpenQueues::polled(each.fd, timeout_of(time));
    });
}

// A set may be longer than its type says, or shorter than the call says.
bool has(const fd_set* set, int number) noexcept {
    const auto* const words = reinterpret_cast<const fd_mask*>(set);
    return set != nullptr &&
           (static_cast<unsigned long>(words[number / NFDBITS]) >> (number % NFDBITS) & 1) != 0;
}

template <class Time> bool may_select(int count, Sets sets, Time time) noexcept {
    const int end = OpenQueues::any_is_silent() ? std::min(count, numbers.highest() + 1) : 0;
    for (int number = 0; number < end; ++number) {
        const bool is_in_any = std::any_of(sets.begin(), sets.end(),
                                           [&](const fd_set* set) { return has(set, number); });
        if (is_in_any && !OpenQueues::polled(number, timeout_of(time))) {
            return false;
        }
    }
    return true;
}

int control(int number, int command, void* argument) {
    const int result = next_fcntl(number, command, argument);
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        numbers.made(result);
        return result;
    case F_GETFL: // the kernel adds O_LARGEFILE to what open(2) opens, and not to what mq_open(3)
                  // does
        return result > 0 && OpenQueues::has(number) ? result & (O_ACCMODE | O_NONBLOCK) : result;
    default:
        return result;
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

// fcntl() for programs that are built for large files.
CREX_EXPORT int fcntl64(int number, int command, ...) __attribute__((alias("fcntl")));

CREX_EXPORT int poll(pollfd* descriptors, nfds_t count, int timeout) {
    return may_poll(descriptors, count, timeout) ? next_poll(descriptors, count, timeout) : -1;
}

CREX_EXPORT int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout,
                      const sigset_t* mask) {
    return may_poll(descriptors, count, timeout) ? next_ppoll(descriptors, count, timeout, mask)
                                                 : -1;
}

// Called by programs built with _FORTIFY_SOURCE.
CREX_EXPORT int __poll_chk(pollfd* descriptors, nfds_t count, int timeout, std::size_t size) {
    return may_poll(descriptors, count, timeout) ? next_poll_chk(descriptors, count, timeout, size)
                                                 : -1;
}

CREX_EXPORT int __ppoll_chk(pollfd* descriptors, nfds_t count, const timespec* timeout,
                            const sigset_t* mask, std::size_t size) {
    return may_poll(descriptors, count, timeout)
               ? next_ppoll_chk(descriptors, count, timeout, mask, size)
               : -1;
}

CREX_EXPORT int select(int count, fd_set* readable, fd_set* writable, fd_set* others,
                       timeval* timeout) {
    return may_select(count, {readable, writable, others}, timeout)
               ? next_select(count, readable, writable, others, timeout)
               : -1;
}

CREX_EXPORT int pselect(int count, fd_set* readable, fd_set* writable, fd_set* others,
                        const timespec* timeout, const sigset_t* mask) {
    return may_select(count, {readable, writable, others}, timeout)
               ? next_pselect(count, readable, writable, others, timeout, mask)
               : -1;
}

CREX_EXPORT int epoll_ctl(int events, int operation, int number, epoll_event* event) noexcept {
    if (operation != EPOLL_CTL_DEL && !OpenQueues::polled(number, crex::no_timeout)) {
        return -1;
    }
    return next_epoll_ctl(events, operation, number, event);
}

} // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl50-cpp,cert-dcl51-cpp)
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
