// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

// Sleeping on a word of memory that other processes share (futex(2)).

namespace crex::detail {

enum class Slept { woken, timed_out, interrupted };

// Sleeps while the word is `expected`, at most that long by CLOCK_MONOTONIC. "woken" may be for no
// reason: look again. "interrupted" is what a signal handler does that was installed without
// SA_RESTART; before Linux 5.16, any.
Slept futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::chrono::nanoseconds at_most);

void futex_wake_one(std::atomic<std::uint32_t>& word);
void futex_wake_all(std::atomic<std::uint32_t>& word);

} // namespace crex::detail
