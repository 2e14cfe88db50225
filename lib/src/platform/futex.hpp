// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "platform/deadline.hpp"

// Sleeping on a word of memory that other processes share (futex(2)).

namespace crex::detail {

enum class Slept { woken, timed_out, interrupted };

// Sleeps while the word is `expected`, at most that long by CLOCK_MONOTONIC. "woken" may be for no
// reason: look again. "interrupted" is what a signal handler does that was installed without
// SA_RESTART; before Linux 5.16, any.
Slept futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::chrono::nanoseconds at_most);

// The same on a word of this process alone, which costs less. For a thread that blocks all signals.
void futex_wait_private(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::chrono::nanoseconds at_most);
void futex_wake_private(std::atomic<std::uint32_t>& word);

// Sleeps while each of the two words is as expected, until `end` by CLOCK_MONOTONIC; for ever when
// that is time_point::max(). Only a signal handler that was installed without SA_RESTART ends it.
struct AwaitedWord {
    std::atomic<std::uint32_t>& word;
    std::uint32_t expected;
};
Slept futex_wait_until(const AwaitedWord& one, const AwaitedWord& other,
                       Deadline::Clock::time_point end);

// Whether this kernel can (futex_waitv(2), Linux 5.16).
bool can_wait_on_two_words();

// Whether a thread slept there.
bool futex_wake_one(std::atomic<std::uint32_t>& word);
void futex_wake_all(std::atomic<std::uint32_t>& word);

} // namespace crex::detail
