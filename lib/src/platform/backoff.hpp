// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

#include "platform/deadline.hpp"
#include "platform/signals.hpp"

namespace crex::detail {

// How a wait passes its time when nobody will wake it: it looks, pauses, looks again.
//
// First some processor pauses, for what is about to happen on another processor; then some yields,
// for what is about to happen on this one; then sleeps, each an eighth of the wait so far and at
// most 5 ms. So a wait ends at most an eighth late, and a long one costs next to nothing (200
// looks a second).
//
// From the first yield on, signals are held back, see WaitSignals: a Ctrl-C ends the wait for
// certain. One wait has one Backoff.
class Backoff {
public:
    explicit Backoff(const Deadline& deadline) : deadline_{deadline} {}
    Backoff(const Backoff&) = delete;
    Backoff& operator=(const Backoff&) = delete;

    // Passes some time, not beyond a deadline that is still to come. False when a signal handler
    // without SA_RESTART has run.
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
