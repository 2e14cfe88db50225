// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>
#include <sys/time.h>

#include <chrono>

namespace test {

/// While an object of this class lives, SIGALRM arrives repeatedly, and its handler does nothing.
/// So a wait certainly meets a signal, however late it begins.
class Alarms {
public:
    explicit Alarms(int flags = 0) {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        action.sa_flags = flags;
        sigaction(SIGALRM, &action, &before_);
        constexpr timeval every{0, 20'000};
        const itimerval timer{every, every};
        setitimer(ITIMER_REAL, &timer, nullptr);
    }
    ~Alarms() {
        const itimerval off{};
        setitimer(ITIMER_REAL, &off, nullptr);
        sigaction(SIGALRM, &before_, nullptr);
    }
    Alarms(const Alarms&) = delete;
    Alarms& operator=(const Alarms&) = delete;

private:
    struct sigaction before_ {};
};

/// The time that `body` took.
template <class Body> std::chrono::steady_clock::duration time_of(Body&& body) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    return std::chrono::steady_clock::now() - begin;
}

} // namespace test
