// SPDX-License-Identifier: BSL-1.0
#include "notification/signal_bell.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/signals.hpp"
#include "common/typed_lines.hpp"

namespace demo {
namespace {

// Returns false once there will be no more lines.
bool send_lines(TypedLines& lines, crex::MessageQueue& queue, crex::Timeout patience) {
    const bool more = lines.read();
    while (const auto line = lines.next()) {
        if (line->empty()) {
            return false;
        }
        queue.send(*line, patience);
    }
    return more;
}

} // namespace

SignalBell::SignalBell(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0) {
        throw std::system_error{errno, std::generic_category(), "signalfd"};
    }
}

SignalBell::~SignalBell() { close(fd_); }

void SignalBell::take_signal() const {
    signalfd_siginfo info{};
    (void)!read(fd_, &info, sizeof info);
}

bool SignalBell::rings_within(crex::Timeout patience) const {
    pollfd bell{fd_, POLLIN, 0};
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(patience.limit());
    return poll(&bell, 1, static_cast<int>(limit.count())) == 1;
}

void SignalBell::listen(crex::MessageQueue& queue, crex::Timeout patience,
                        const std::function<bool()>& ring) const {
    TypedLines lines;
    std::array<pollfd, 2> sources{{{fd_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    for (bool typing = true; typing;) {
        wait_for_any(sources);
        if (sources[0].revents != 0) {
            take_signal();
            if (!ring()) {
                return;
            }
        }
        if (sources[1].revents != 0) {
            typing = send_lines(lines, queue, patience);
        }
    }
    if (queue.current_messages() != 0 && rings_within(patience)) {
        ring();
    }
}

} // namespace demo
