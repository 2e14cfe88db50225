// SPDX-License-Identifier: BSL-1.0
#include "platform/backoff.hpp"

#include <algorithm>

#include <sched.h>

#include "platform/cpu.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

// Yielding ends after this time, however busy the processor is, since signals are blocked until
// then.
constexpr auto longest_yielding = 1ms;

} // namespace

bool Backoff::pause() {
    ++step_;
    if (step_ <= pauses) {
        cpu_pause();
        return true;
    }
    if (step_ == pauses + 1) {
        began_ = Deadline::Clock::now();
        signals_.hold_back();
    }
    if (step_ <= pauses + yields && Deadline::Clock::now() - began_ < longest_yielding) {
        sched_yield();
        return true;
    }
    step_ = std::max(step_, pauses + yields + 1);
    return sleep();
}

bool Backoff::sleep() {
    const auto so_far = Deadline::Clock::now() - began_;
    const std::chrono::nanoseconds nap =
        std::clamp<std::chrono::nanoseconds>(so_far / 8, 20us, 5ms);
    return signals_.sleep({}, deadline_.passed() ? nap : std::min(nap, deadline_.left()));
}

} // namespace crex::detail
