// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

#include <poll.h>
#include <signal.h>

#include "platform/file.hpp"

namespace crex::detail {

// Holds back all signals of this thread until the end of the scope. For starting threads of our
// own, which inherit the mask: signals are for the program's.
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

// The signals of one wait that sleeps for a while, looks, and sleeps again.
//
// A signal ends a wait when its handler was installed without SA_RESTART. The system says that a
// handler ran during a sleep, but not which one, and says nothing of one that ran between two
// sleeps. So the signals that end waits are held back between sleeps, and no others are let in
// during one: a signal of another kind ends the sleep instead, by a descriptor, and is let in after
// it. While the thread sleeps the kernel may choose it for a signal to the process.
// All signals are held back for the first millisecond: to find out which are which takes some
// microseconds, which a short wait is spared.
//
// One wait has one of these: a second one inside it would take the held-back signals for the mask
// to return to.
class WaitSignals {
public:
    WaitSignals() = default;
    ~WaitSignals();
    WaitSignals(const WaitSignals&) = delete;
    WaitSignals& operator=(const WaitSignals&) = delete;

    // Holds signals back from now on.
    void hold_back();

    // Sleeps until there is an event on `awaited` (if any), or for that time, or for less. False
    // when a handler without SA_RESTART has run since signals are held back.
    [[nodiscard]] bool sleep(pollfd* awaited, std::chrono::nanoseconds time);

    // Lets in those that are pending. True when one of them ends the wait.
    [[nodiscard]] bool have_ended_the_wait();

private:
    [[nodiscard]] bool is_brief() const;
    void tell_apart();
    [[nodiscard]] int nap(pollfd* awaited, std::chrono::nanoseconds time, const sigset_t* mask);

    bool holds_ = false;
    bool are_told_apart_ = false;
    std::chrono::steady_clock::time_point began_;
    sigset_t before_{};
    sigset_t ending_{};
    sigset_t sleeping_{}; // what is held back during a sleep
    bool has_others_ = false;
    UniqueFd arrival_; // readable while one that does not end the wait is pending
};

} // namespace crex::detail
