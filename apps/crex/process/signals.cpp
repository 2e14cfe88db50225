// SPDX-License-Identifier: BSL-1.0
#include "process/signals.hpp"

#include <cerrno>
#include <system_error>
#include <thread>

#include <poll.h>
#include <sys/signalfd.h>
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

// The thread only looks: the signal stays pending.
std::stop_token stop_at(const sigset_t& set) {
    const int fd = ::signalfd(-1, &set, SFD_CLOEXEC);
    if (fd < 0) {
        throw std::system_error{errno, std::generic_category(), "signalfd"};
    }
    std::stop_source source;
    sigset_t all;
    sigfillset(&all);
    const Blocked blocked{all}; // by the thread, too
    std::thread{[fd, source]() mutable {
        pollfd signals{fd, POLLIN, 0};
        while (poll(&signals, 1, -1) < 0) {
        }
        source.request_stop();
    }}.detach();
    return source.get_token();
}

} // namespace cli
