// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/process.hpp"

namespace test {

/// A program whose output and errors are read while it runs, so that a full pipe never stops it.
class Program {
public:
    Program(const std::string& path, const std::vector<std::string>& arguments);
    ~Program(); // kills the program if it still runs
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// Waits until the program has printed this; throws if it ends without.
    void await_output(const std::string& text);

    /// Waits for the end of the program: its exit code, or minus the signal that ended it.
    int wait();

    /// Sends SIGKILL; the process is gone on return. Must not be called after wait().
    void kill();

    void signal(int number) const { process_.signal(number); }
    [[nodiscard]] bool has_ended() const { return state_of(process_.pid()) == 'Z'; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }

    /// The output so far; the whole output after wait().
    [[nodiscard]] std::string output() const;

private:
    void read_to_the_end();

    Process process_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string output_;
    bool ended_ = false;
    std::thread reader_;
};

} // namespace test
