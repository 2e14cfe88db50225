// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace test {

/// The stream of a program that is read; the other one stays the test's own.
enum class Capture { output, errors, both };

/// Another running process. Killed and reaped when this object goes out of scope.
class Process {
public:
    /// Starts `program` (a path) with posix_spawn.
    Process(const std::string& program, const std::vector<std::string>& arguments,
            Capture capture = Capture::output);

    /// Starts a fork of this process that runs `body`. The exit code is the result of `body`, or
    /// the Outcome for its exception. The fork is killed when this process ends.
    explicit Process(const std::function<int()>& body);

    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// The next line of output, without the newline; empty at the end of the output.
    std::string read_line();

    /// The next part of the output, as soon as there is any; empty at the end of the output.
    std::string read_some();

    /// The rest of the output.
    std::string read_all();

    /// Waits until the process sleeps in the kernel, as a process does that waits for something.
    void wait_until_asleep() const;

    void signal(int number) const;

    /// Sends SIGKILL; the process is gone (reaped) on return.
    void kill();

    /// Waits for the end of the process: its exit code, or minus the signal that ended it.
    int wait();

    /// Sends the process a signal that ends its wait, repeatedly until it has ended: a signal that
    /// arrives just before the process sleeps does not end a system call's wait either. Returns the
    /// same values as wait().
    int wait_after(int signal);

private:
    pid_t pid_ = -1;
    int output_ = -1;
    bool reaped_ = false;
    int status_ = 0;
};

/// Runs the helper program `peer` (test/helpers/peer.cpp) with these arguments.
Process start_peer(const std::vector<std::string>& arguments);

/// Runs `peer` to its end and returns its exit code.
int run_peer(const std::vector<std::string>& arguments);

/// The text as one word of a shell command.
std::string shell_word(const std::string& text);

/// The words that make env(1) run a program with that library preloaded. LD_PRELOAD is a list that
/// blanks separate, so the directory of the library goes into LD_LIBRARY_PATH.
std::vector<std::string> preloading(const std::string& library);

/// Whether other users may run the program. If not, reports the test as skipped.
bool others_may_run(const std::string& program);

/// The path of a program that was built with the tests.
std::string helper_path(const std::string& name);

/// Runs `body` in a fork of this process to its end; returns the exit code.
int in_child(const std::function<int()>& body);

/// The state letter in /proc/PID/stat, or '?'. Also works for a thread, by its gettid(2).
char state_of(pid_t pid);

/// Waits until that process, or thread, sleeps in the kernel.
void wait_until_asleep(pid_t pid);

} // namespace test
