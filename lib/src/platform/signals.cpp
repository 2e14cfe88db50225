// SPDX-License-Identifier: BSL-1.0
#include "platform/signals.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include <sys/signalfd.h>

#include "platform/cancellation.hpp"
#include "platform/deadline.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds brief = 1ms;
constexpr std::chrono::nanoseconds nap_without_arrival = 50ms;
constexpr std::size_t awaited_max = 2; // descriptors

// Signals that the processor raises for an instruction of this thread cannot wait.
constexpr std::array faults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

sigset_t all_but_faults() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : faults) {
        sigdelset(&all, fault);
    }
    return all;
}

enum class Effect { ends_the_wait, none, unknown };

Effect effect_of(int signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_DFL ||
        action.sa_handler == SIG_IGN) {
        return Effect::unknown; // the system deals with it, and no handler runs
    }
    return (action.sa_flags & SA_RESTART) == 0 ? Effect::ends_the_wait : Effect::none;
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

bool WaitSignals::sleep(std::span<pollfd> awaited, std::chrono::nanoseconds time) {
    hold_back();
    if (is_brief()) {
        (void)nap(awaited, std::min(time, brief), nullptr);
        return is_brief() || !have_ended_the_wait();
    }
    tell_apart();
    if (has_others_ && arrival_.get() < 0) {
        time = std::min(time, nap_without_arrival);
    }
    return nap(awaited, time, &sleeping_) >= 0;
}

// Negative when a signal handler has run.
int WaitSignals::nap(std::span<pollfd> awaited, std::chrono::nanoseconds time,
                     const sigset_t* mask) {
    std::array<pollfd, 1 + awaited_max> sources;
    sources.fill({-1, 0, 0}); // no descriptor
    sources[0] = {arrival_.get(), POLLIN, 0};
    assert(awaited.size() <= awaited_max);
    std::copy(awaited.begin(), awaited.end(), sources.begin() + 1);
    const timespec timeout = Deadline::to_timespec(time);
    const CancellationHeld held;
    // All of them, so that their number is a constant. When it varies between known bounds, GCC 12
    // and 13 with _FORTIFY_SOURCE drop the call, and run on into other code.
    const int result = ppoll(sources.data(), sources.size(), &timeout, mask);
    for (std::size_t i = 0; i < awaited.size(); ++i) {
        awaited[i].revents = result > 0 ? sources[i + 1].revents : short{0};
    }
    return result < 0 && errno != EINTR ? 0 : result;
}

bool WaitSignals::is_brief() const { return Deadline::Clock::now() - began_ < brief; }

void WaitSignals::tell_apart() {
    if (are_told_apart_) {
        return;
    }
    are_told_apart_ = true;
    sigset_t others;
    sigemptyset(&others);
    sigemptyset(&ending_);
    sleeping_ = before_;
    sigset_t held = before_;
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        const bool is_fault = std::find(faults.begin(), faults.end(), signal) != faults.end();
        if (is_fault || sigismember(&before_, signal) != 0) {
            continue;
        }
        const Effect effect = effect_of(signal);
        if (effect == Effect::ends_the_wait) {
            sigaddset(&ending_, signal);
            sigaddset(&held, signal);
        } else if (effect == Effect::none) {
            sigaddset(&others, signal);
            sigaddset(&sleeping_, signal);
            has_others_ = true;
        }
    }
    if (has_others_) {
        arrival_ = UniqueFd{signalfd(-1, &others, SFD_CLOEXEC | SFD_NONBLOCK)};
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
