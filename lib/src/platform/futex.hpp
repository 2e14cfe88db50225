// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "platform/deadline.hpp"

// Sleeping on a word of memory that other processes share (futex(2)).

namespace crex::detail {

enum class Slept { woken, timed_out, interrupted };

// Sleeps while the word is `expected`, for at most `at_most` on CLOCK_MONOTONIC. `woken` may be
// spurious: check again. `interrupted`: a signal handler without SA_RESTART ran; before Linux 5.16,
// any signal handler.
Slept futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::chrono::nanoseconds at_most);

// For a word of this process alone, which costs less. The sleeping thread must block all signals.
void futex_wait_private(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::chrono::nanoseconds at_most);
void futex_wake_private(std::atomic<std::uint32_t>& word);

// Sleeps while each of the two words is as expected, until `end` on CLOCK_MONOTONIC; forever when
// that is time_point::max(). Only a signal handler without SA_RESTART interrupts it.
struct AwaitedWord {
    std::atomic<std::uint32_t>& word;
    std::uint32_t expected;
};
Slept futex_wait_until(const AwaitedWord& one, const AwaitedWord& other,
                       Deadline::Clock::time_point end);

// Whether this kernel has futex_waitv(2), as Linux does since 5.16.
bool can_wait_on_two_words();

// Wake one thread, or all threads, that sleep on the word. True when a thread was woken.
bool futex_wake_one(std::atomic<std::uint32_t>& word);
void futex_wake_all(std::atomic<std::uint32_t>& word);

} // namespace crex::detail
