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
class Backoff {
public:
    enum class Outcome { again, deadline_passed, interrupted };

    explicit Backoff(const Deadline& deadline) : deadline_{deadline} {}
    ~Backoff();
    Backoff(const Backoff&) = delete;
    Backoff& operator=(const Backoff&) = delete;

    // Passes some time, never beyond the deadline.
    Outcome pause();

    // True once the quick steps are used up.
    [[nodiscard]] bool sleeping() const { return step_ > pauses + yields; }

private:
    static constexpr int pauses = 60;
    static constexpr int yields = 24;

    void hold_signals();
    Outcome sleep();

    Deadline deadline_;
    int step_ = 0;
    Deadline::Clock::time_point began_;
    bool holding_ = false;
    sigset_t before_{};
};

} // namespace crex::detail
