// SPDX-License-Identifier: BSL-1.0
#include "platform/futex.hpp"

#include <cerrno>
#include <climits>

#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/deadline.hpp"

namespace crex::detail {
namespace {

// futex_waitv(2) of Linux 5.16, which the C library's headers need not know yet.
constexpr long number_of_futex_waitv = 449;
struct Awaited {
    std::uint64_t value;
    std::uint64_t address;
    std::uint32_t flags;
    std::uint32_t reserved;
};

// The call whose time has 64 bits; systems with 32 have it under a name of its own.
#ifdef SYS_futex_time64
constexpr long number_of_futex = SYS_futex_time64;
#else
constexpr long number_of_futex = SYS_futex;
#endif

static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
              sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

// 64 bits for each part, also where timespec has fewer.
__kernel_timespec kernel_time(std::chrono::nanoseconds duration) {
    const timespec time = Deadline::to_timespec(duration);
    return {time.tv_sec, time.tv_nsec};
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const __kernel_timespec* timeout = nullptr) {
    return syscall(number_of_futex, &word, operation, value, timeout, nullptr, 0);
}

// Of all waits with a time-out, the one that a signal handler installed with SA_RESTART does not
// end: its time is a moment, so the kernel can begin it again.
long wait_until(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                Deadline::Clock::time_point end) {
    constexpr std::uint32_t shared_and_32_bits_long = 2;
    const __kernel_timespec moment = kernel_time(end.time_since_epoch());
    const Awaited awaited{expected, reinterpret_cast<std::uintptr_t>(&word),
                          shared_and_32_bits_long, 0};
    return syscall(number_of_futex_waitv, &awaited, 1, 0, &moment, CLOCK_MONOTONIC);
}

bool is_an_answer(int error) { return error == EAGAIN || error == EINTR || error == ETIMEDOUT; }

// How an older kernel waits.
long wait_for(std::atomic<std::uint32_t>& word, std::uint32_t expected,
              std::chrono::nanoseconds at_most) {
    const __kernel_timespec timeout = kernel_time(at_most);
    return futex(word, FUTEX_WAIT, expected, &timeout);
}

} // namespace

Slept futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::chrono::nanoseconds at_most) {
    long result = wait_until(word, expected, Deadline::Clock::now() + at_most);
    if (result < 0 && !is_an_answer(errno)) {
        result = wait_for(word, expected, at_most);
    }
    if (result >= 0 || errno == EAGAIN) {
        return Slept::woken;
    }
    return errno == EINTR ? Slept::interrupted : Slept::timed_out;
}

void futex_wake_one(std::atomic<std::uint32_t>& word) { futex(word, FUTEX_WAKE, 1); }

void futex_wake_all(std::atomic<std::uint32_t>& word) { futex(word, FUTEX_WAKE, INT_MAX); }

} // namespace crex::detail
