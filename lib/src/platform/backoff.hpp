// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

#include <signal.h>

#include "platform/deadline.hpp"

namespace crex::detail {

// How a wait passes its time when nobody will wake it: it looks, pauses, looks again.
//
// First some processor pauses, for what is about to happen on another processor; then some yields,
// for what is about to happen on this one; then sleeps, each an eighth of the wait so far and at
// most 5 ms. So a wait ends at most an eighth late, and a long one costs next to nothing (200
// looks a second).
//
// From the first yield on, signals are held back and let in only while asleep. Thus none can
// slip in between two sleeps unnoticed: a Ctrl-C ends the wait for certain.
//
// One wait has one Backoff: a second one inside it would take the held-back signals for the mask to
// let in while asleep.
class Backoff {
public:
    explicit Backoff(const Deadline& deadline) : deadline_{deadline} {}
    ~Backoff();
    Backoff(const Backoff&) = delete;
    Backoff& operator=(const Backoff&) = delete;

    // Passes some time, not beyond a deadline that is still to come. False when a signal handler
    // ran meanwhile.
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

    void hold_signals();
    bool sleep();

    Deadline deadline_;
    int step_ = 0;
    Deadline::Clock::time_point began_;
    bool holding_ = false;
    sigset_t before_{};
};

} // namespace crex::detail
