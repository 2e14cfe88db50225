// SPDX-License-Identifier: BSL-1.0
#include "command_process.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace crash {

namespace {

template <std::size_t size> void copy(const std::string& text, std::array<char, size>& into) {
    std::copy_n(text.begin(), std::min(text.size(), size - 1), into.begin());
}

Report handled(const CommandProcess::Handler& handler, const Command& command) {
    try {
        return handler(command);
    } catch (const Complaint& problem) {
        return report(problem.fault, problem.what());
    } catch (const std::exception& error) {
        return report(Fault::other, error.what());
    }
}

void handle_all(const CommandProcess::Handler& handler, int socket) {
    for (Command command; read(socket, &command, sizeof command) == sizeof command;) {
        const Report report = handled(handler, command);
        if (write(socket, &report, sizeof report) != sizeof report) {
            return;
        }
    }
}

} // namespace

Command command(int verb, int argument, const std::string& name) {
    Command command{verb, argument, {}};
    copy(name, command.name);
    return command;
}

Report report(Fault fault, const std::string& text, int milliseconds) {
    Report report{fault, milliseconds, {}};
    copy(text, report.text);
    return report;
}

void CommandProcess::start() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error{errno, std::generic_category(), "socketpair"};
    }
    socket_ = ends[0];
    child_.emplace([&] {
        ::close(ends[0]);
        handle_all(handler_, ends[1]);
    });
    ::close(ends[1]);
}

void CommandProcess::tell(const Command& command) {
    if (!child_) {
        start();
    }
    if (write(socket_, &command, sizeof command) != sizeof command) {
        throw std::system_error{errno, std::generic_category(), "sending a command"};
    }
}

bool CommandProcess::has_answered(std::chrono::milliseconds within) {
    pollfd waiting{socket_, POLLIN, 0};
    return poll(&waiting, 1, static_cast<int>(within.count())) == 1;
}

Report CommandProcess::answer(std::chrono::milliseconds limit) {
    Report answer;
    if (!has_answered(limit)) {
        dismiss();
        return report(Fault::hung, "no answer", static_cast<int>(limit.count()));
    }
    if (read(socket_, &answer, sizeof answer) != sizeof answer) {
        const int code = child_->wait();
        dismiss();
        return report(Fault::other, "died (" + std::to_string(code) + ")");
    }
    return answer;
}

Report CommandProcess::ask(const Command& command, std::chrono::milliseconds limit) {
    tell(command);
    return answer(limit);
}

void CommandProcess::dismiss() {
    if (child_) {
        child_.reset();
        ::close(socket_);
    }
}

} // namespace crash
