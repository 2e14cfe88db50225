// SPDX-License-Identifier: BSL-1.0
#include "platform/backoff.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "platform/cpu.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

Backoff::~Backoff() {
    if (holding_) {
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
}

bool Backoff::pause() {
    ++step_;
    if (step_ <= pauses) {
        cpu_pause();
        return true;
    }
    if (step_ <= pauses + yields) {
        hold_signals();
        sched_yield();
        return true;
    }
    return sleep();
}

void Backoff::hold_signals() {
    if (holding_) {
        return;
    }
    began_ = Deadline::Clock::now();
    sigset_t held;
    sigfillset(&held);
    // Those the processor raises for what this very thread does cannot wait.
    for (const int fault : std::array{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) {
        sigdelset(&held, fault);
    }
    holding_ = pthread_sigmask(SIG_BLOCK, &held, &before_) == 0;
}

bool Backoff::sleep() {
    const auto so_far = Deadline::Clock::now() - began_;
    const std::chrono::nanoseconds nap =
        std::clamp<std::chrono::nanoseconds>(so_far / 8, 20us, 5ms);
    const timespec time =
        Deadline::to_timespec(deadline_.passed() ? nap : std::min(nap, deadline_.left()));
    // ppoll() lets the signals in for exactly as long as it sleeps.
    return ppoll(nullptr, 0, &time, &before_) == 0 || errno != EINTR;
}

} // namespace crex::detail
