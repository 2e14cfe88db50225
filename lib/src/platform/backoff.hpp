// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

#include "platform/deadline.hpp"
#include "platform/signals.hpp"

namespace crex::detail {

// How a wait passes its time when no wake-up will come: it checks, pauses and checks again.
//
// First come 60 processor pauses, for an event that is near on another processor. Then come up to
// 24 yields, for an event on this one. Then come sleeps, each an eighth of the wait so far, 20 us
// at least and 5 ms at most. So a wait ends at most an eighth (or 20 us) late, and a long one makes
// only 200 checks a second.
//
// From the first yield on, signals are blocked (see WaitSignals), so that a Ctrl-C certainly ends
// the wait. One wait has one Backoff.
class Backoff {
public:
    explicit Backoff(const Deadline& deadline) : deadline_{deadline} {}
    Backoff(const Backoff&) = delete;
    Backoff& operator=(const Backoff&) = delete;

    // Passes some time, but not beyond a deadline that is still to come. False when a signal
    // handler without SA_RESTART has run.
    [[nodiscard]] bool pause();

    // How long it has been since the first yield.
    [[nodiscard]] std::chrono::nanoseconds time_so_far() const {
        return step_ > pauses ? Deadline::Clock::now() - began_ : Deadline::Clock::duration::zero();
    }

    // True once the quick steps are used up.
    [[nodiscard]] bool sleeping() const { return step_ > pauses + yields; }

private:
    static constexpr int pauses = 60;
    static constexpr int yields = 24;

    bool sleep();

    Deadline deadline_;
    int step_ = 0;
    Deadline::Clock::time_point began_;
    WaitSignals signals_;
};

} // namespace crex::detail
