// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <stop_token>

#include <signal.h>

// The signals that ask crex to end, and ending by one.

namespace cli {

sigset_t set_of_signals(std::initializer_list<int> numbers);

// SIGINT, SIGTERM, SIGHUP and SIGQUIT, without those that crex was started to ignore, as nohup(1)
// and & in a script do.
sigset_t ending_signals();

// Ends this process as the signal does by default: a shell sees 128 and its number. If the signal
// does not end it, as in the first process of a container, it exits with this status.
[[noreturn]] void die_of(int signal);

// The system ignores these signals for the first process of a container. After this call they end
// it, as they end any other process.
void let_signals_end_first_process();

// A token of which a stop is requested once one of these signals is pending, that is, was sent to
// this process, whose threads all block it.
std::stop_token stop_at(const sigset_t& set);

// Blocks these signals in the calling thread.
class Blocked {
public:
    explicit Blocked(const sigset_t& set) { pthread_sigmask(SIG_BLOCK, &set, &before_); }
    ~Blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;

private:
    sigset_t before_{};
};

} // namespace cli
