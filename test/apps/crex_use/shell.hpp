// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>

#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// What a script has left: its exit status and what it wrote.
struct Answer {
    int status;
    std::string output;

    friend bool operator==(const Answer&, const Answer&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Answer& answer) {
        return out << answer.status << " \"" << answer.output << '"';
    }
};

/// A shell that knows crex, and in $N a name for objects of every kind.
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
