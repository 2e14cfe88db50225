// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// The exit status and the output of a shell command.
struct Answer {
    int status;
    std::string output;

    friend bool operator==(const Answer&, const Answer&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Answer& answer) {
        return out << answer.status << " \"" << answer.output << '"';
    }
};

/// The process ID that a line contains.
inline pid_t pid_in(const std::string& line) { return std::atoi(line.c_str()); }

/// While an object of this class lives, new programs get a pipe as their standard input.
class Feed {
public:
    Feed() : before_{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)} {
        std::array<int, 2> pipe{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
            throw std::system_error{errno, std::generic_category(), "pipe2"};
        }
        ::dup2(pipe[0], STDIN_FILENO);
        ::close(pipe[0]);
        into_ = pipe[1];
    }
    ~Feed() {
        ::dup2(before_, STDIN_FILENO);
        ::close(before_);
        ::close(into_);
    }
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    void put(std::string_view text) const {
        if (::write(into_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            throw std::system_error{errno, std::generic_category(), "write"};
        }
    }

private:
    int before_;
    int into_ = -1;
};

/// A shell that finds crex. Its variable N is a name for objects of every kind.
struct Shell {
    Shell() {
        const std::filesystem::path command{CREX_TEST_COMMAND};
        static const std::string path{std::getenv("PATH")};
        ::setenv("PATH", (command.parent_path().string() + ":" + path).c_str(), 1);
        ::setenv("N", name.c_str(), 1);
    }

    static Process start(const std::string& script, Capture capture = Capture::output) {
        return Process{"/bin/sh", {"-c", script}, capture};
    }

    static Answer run(const std::string& script, Capture capture = Capture::output) {
        auto shell = start(script, capture);
        std::string output = shell.read_all();
        return {shell.wait(), std::move(output)};
    }

    static Process start_crex(const std::vector<std::string>& words,
                              Capture capture = Capture::output) {
        return Process{CREX_TEST_COMMAND, words, capture};
    }

    std::string name = unique_name();

private:
    Removed<Semaphores> semaphore_{name};
    Removed<RobustSemaphores> robust_semaphore_{name};
    Removed<SharedMemories> memory_{name};
    Removed<PosixQueues> kernel_queue_{name};
    Removed<RobustQueues> robust_queue_{name};
    Removed<Rings> ring_{name};
};

} // namespace test
