// SPDX-License-Identifier: BSL-1.0
#include "process/signals.hpp"

#include <unistd.h>

namespace cli {
namespace {

constexpr std::initializer_list<int> requests_to_end{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

bool is_ignored(int signal) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    return now.sa_handler == SIG_IGN;
}

} // namespace

sigset_t set_of_signals(std::initializer_list<int> numbers) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) {
        sigaddset(&set, number);
    }
    return set;
}

sigset_t ending_signals() {
    sigset_t set = set_of_signals(requests_to_end);
    for (const int each : requests_to_end) {
        if (is_ignored(each)) {
            sigdelset(&set, each);
        }
    }
    return set;
}

void die_of(int signal) {
    const sigset_t it = set_of_signals({signal});
    ::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &it, nullptr);
    ::raise(signal);
    ::_exit(128 + signal);
}

void let_signals_end_first_process() {
    if (::getpid() != 1) {
        return;
    }
    for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) {
        if (!is_ignored(each)) {
            ::signal(each, [](int signal) { ::_exit(128 + signal); });
        }
    }
}

} // namespace cli
