// SPDX-License-Identifier: BSL-1.0
#include "platform/signals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/signalfd.h>

#include "platform/cancellation.hpp"
#include "platform/deadline.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds brief = 1ms;
constexpr std::chrono::nanoseconds nap_without_arrival = 50ms;

// Those the processor raises for what this very thread does cannot wait.
constexpr std::array faults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

sigset_t all_but_faults() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : faults) {
        sigdelset(&all, fault);
    }
    return all;
}

bool ends_waits(int signal) {
    struct sigaction action {};
    return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_RESTART) == 0 &&
           action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

} // namespace

WaitSignals::~WaitSignals() {
    if (holds_) {
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
}

void WaitSignals::hold_back() {
    if (!holds_) {
        began_ = Deadline::Clock::now();
        const sigset_t all = all_but_faults();
        holds_ = pthread_sigmask(SIG_BLOCK, &all, &before_) == 0;
    }
}

bool WaitSignals::sleep(pollfd* awaited, std::chrono::nanoseconds time) {
    hold_back();
    if (is_brief()) {
        time = std::min(time, brief);
    } else {
        tell_apart();
        if (arrival_.get() < 0) {
            arrival_ = UniqueFd{signalfd(-1, &ending_, SFD_CLOEXEC | SFD_NONBLOCK)};
        }
        time = arrival_.get() >= 0 ? time : std::min(time, nap_without_arrival);
    }
    std::array<pollfd, 2> sources{{{arrival_.get(), POLLIN, 0}, {-1, 0, 0}}};
    if (awaited != nullptr) {
        sources[1] = *awaited;
    }
    const timespec timeout = Deadline::to_timespec(time);
    const CancellationHeld held;
    (void)ppoll(sources.data(), sources.size(), &timeout, nullptr);
    if (awaited != nullptr) {
        awaited->revents = sources[1].revents;
    }
    return is_brief() || !have_ended_the_wait();
}

bool WaitSignals::is_brief() const { return Deadline::Clock::now() - began_ < brief; }

void WaitSignals::tell_apart() {
    if (are_told_apart_) {
        return;
    }
    are_told_apart_ = true;
    sigemptyset(&ending_);
    sigset_t held = before_;
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        const bool is_fault = std::find(faults.begin(), faults.end(), signal) != faults.end();
        if (!is_fault && sigismember(&before_, signal) == 0 && ends_waits(signal)) {
            sigaddset(&ending_, signal);
            sigaddset(&held, signal);
        }
    }
    pthread_sigmask(SIG_SETMASK, &held, nullptr);
}

bool WaitSignals::have_ended_the_wait() {
    if (!holds_) {
        return false;
    }
    tell_apart();
    sigset_t pending;
    sigpending(&pending);
    sigset_t both;
    sigandset(&both, &pending, &ending_);
    if (sigisemptyset(&both) != 0) {
        return false;
    }
    const timespec now{};
    const CancellationHeld held;
    return ppoll(nullptr, 0, &now, &before_) < 0 && errno == EINTR;
}

} // namespace crex::detail
