// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <span>

#include <poll.h>
#include <signal.h>

#include "platform/file.hpp"

namespace crex::detail {

// Blocks all signals of this thread until the end of the scope. A thread that crex starts inherits
// the mask, so that only the program's own threads handle signals.
class SignalsHeld {
public:
    SignalsHeld() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};

// The signals of one wait that sleeps for a while, checks, and sleeps again.
//
// A signal ends a wait when its handler was installed without SA_RESTART. The system reports that a
// handler ran during a sleep, but not which one, and does not report a handler that ran between two
// sleeps. So signals that end waits are blocked between sleeps, and of signals with a handler only
// they are let in during a sleep. A signal of another kind ends the sleep instead, through a
// descriptor, and is let in after it. While the thread sleeps, the kernel may choose it for a
// signal to the process.
//
// For the first millisecond all signals are blocked. To find out which ones end waits takes some
// microseconds, which a short wait is spared.
//
// One wait has one of these: a second one inside it would take the blocked signals for the mask to
// restore.
class WaitSignals {
public:
    WaitSignals() = default;
    ~WaitSignals();
    WaitSignals(const WaitSignals&) = delete;
    WaitSignals& operator=(const WaitSignals&) = delete;

    // Blocks signals from now on.
    void hold_back();

    // Sleeps until there is an event on one of `awaited`, for at most `time`. False when a handler
    // without SA_RESTART has run since signals are blocked.
    [[nodiscard]] bool sleep(std::span<pollfd> awaited, std::chrono::nanoseconds time);

    // If a pending signal ends the wait, lets the pending signals in and returns true.
    [[nodiscard]] bool have_ended_the_wait();

private:
    [[nodiscard]] bool is_brief() const;
    void tell_apart();
    [[nodiscard]] int nap(std::span<pollfd> awaited, std::chrono::nanoseconds time,
                          const sigset_t* mask);

    bool holds_ = false;
    bool are_told_apart_ = false;
    std::chrono::steady_clock::time_point began_;
    sigset_t before_{};
    sigset_t ending_{};
    sigset_t sleeping_{}; // what is blocked during a sleep
    bool has_others_ = false;
    UniqueFd arrival_; // readable while a signal that does not end the wait is pending
};

} // namespace crex::detail
