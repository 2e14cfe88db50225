// SPDX-License-Identifier: BSL-1.0
#include "platform/futex.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <limits>
#include <span>

#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace crex::detail {
namespace {

// futex_waitv(2) of Linux 5.16, which the headers of the C library may not know yet.
constexpr long number_of_futex_waitv = 449;
struct Awaited {
    std::uint64_t value;
    std::uint64_t address;
    std::uint32_t flags;
    std::uint32_t reserved;
};

// The call whose time has 64 bits. 32-bit systems have it under another name, since Linux 5.1.
#ifdef SYS_futex_time64
constexpr long number_of_futex = SYS_futex_time64;
#else
constexpr long number_of_futex = SYS_futex;
#endif
constexpr bool has_older_futex = number_of_futex != SYS_futex;

static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
              sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

// 64 bits for each part, also where timespec has fewer.
__kernel_timespec kernel_time(std::chrono::nanoseconds duration) {
    const timespec time = Deadline::to_timespec(duration);
    return {time.tv_sec, time.tv_nsec};
}

// The call whose time has 32 bits. The timeouts are for waits, which may end early.
long older_futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
                 const __kernel_timespec* timeout) {
    constexpr long long most = std::numeric_limits<std::int32_t>::max();
    std::array<std::int32_t, 2> time{};
    if (timeout != nullptr) {
        time = {static_cast<std::int32_t>(std::min<long long>(timeout->tv_sec, most)),
                static_cast<std::int32_t>(timeout->tv_nsec)};
    }
    return syscall(SYS_futex, &word, operation, value, timeout != nullptr ? time.data() : nullptr,
                   nullptr, 0);
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const __kernel_timespec* timeout = nullptr) {
    const long result = syscall(number_of_futex, &word, operation, value, timeout, nullptr, 0);
    return has_older_futex && result < 0 && errno == ENOSYS
               ? older_futex(word, operation, value, timeout)
               : result;
}

Awaited awaited(const AwaitedWord& one) {
    constexpr std::uint32_t shared_and_32_bits_long = 2;
    return {one.expected, reinterpret_cast<std::uintptr_t>(&one.word), shared_and_32_bits_long, 0};
}

// The only timed wait that a signal handler installed with SA_RESTART does not end: its timeout is
// a moment, so the kernel can begin the wait again.
long wait_until(std::span<const Awaited> words, Deadline::Clock::time_point end) {
    const bool is_never = end == Deadline::Clock::time_point::max();
    const __kernel_timespec moment =
        is_never ? __kernel_timespec{} : kernel_time(end.time_since_epoch());
    return syscall(number_of_futex_waitv, words.data(), words.size(), 0,
                   is_never ? nullptr : &moment, CLOCK_MONOTONIC);
}

Slept slept(long result) {
    if (result >= 0 || errno == EAGAIN) {
        return Slept::woken;
    }
    return errno == EINTR ? Slept::interrupted : Slept::timed_out;
}

bool is_an_answer(int error) { return error == EAGAIN || error == EINTR || error == ETIMEDOUT; }

// How an older kernel waits; and the private wait.
long wait_for(std::atomic<std::uint32_t>& word, std::uint32_t expected,
              std::chrono::nanoseconds at_most, int operation = FUTEX_WAIT) {
    const __kernel_timespec timeout = kernel_time(at_most);
    return futex(word, operation, expected, &timeout);
}

} // namespace

Slept futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::chrono::nanoseconds at_most) {
    const std::array words{awaited({word, expected})};
    long result = wait_until(words, Deadline::Clock::now() + at_most);
    if (result < 0 && !is_an_answer(errno)) {
        result = wait_for(word, expected, at_most);
    }
    return slept(result);
}

void futex_wait_private(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::chrono::nanoseconds at_most) {
    wait_for(word, expected, at_most, FUTEX_WAIT_PRIVATE);
}

void futex_wake_private(std::atomic<std::uint32_t>& word) { futex(word, FUTEX_WAKE_PRIVATE, 1); }

Slept futex_wait_until(const AwaitedWord& one, const AwaitedWord& other,
                       Deadline::Clock::time_point end) {
    const std::array words{awaited(one), awaited(other)};
    return slept(wait_until(words, end));
}

// The call does not wait, since the word is not what is expected.
bool can_wait_on_two_words() {
    static constinit std::atomic<int> known{-1};
    int can = known.load(std::memory_order_relaxed);
    if (can < 0) {
        std::atomic<std::uint32_t> word{0};
        const std::array words{awaited({word, 1}), awaited({word, 1})};
        can = wait_until(words, Deadline::Clock::now()) < 0 && errno == EAGAIN ? 1 : 0;
        known.store(can, std::memory_order_relaxed);
    }
    return can == 1;
}

bool futex_wake_one(std::atomic<std::uint32_t>& word) { return futex(word, FUTEX_WAKE, 1) > 0; }

void futex_wake_all(std::atomic<std::uint32_t>& word) { futex(word, FUTEX_WAKE, INT_MAX); }

} // namespace crex::detail
