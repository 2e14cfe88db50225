// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace test {

/// Which of a program's streams is read; the other one stays the test's own.
enum class Capture { output, errors, both };

/// Another process, running. Killed and reaped when it goes out of scope.
class Process {
public:
    /// Starts `program` (a path) with posix_spawn.
    Process(const std::string& program, const std::vector<std::string>& arguments,
            Capture capture = Capture::output);

    /// A fork of this one that runs `body`: its answer, or the Outcome that stands for what it
    /// throws, is the exit code. Ends with this process at the latest.
    explicit Process(const std::function<int()>& body);

    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// The next line it prints, without the newline; empty at the end of its output.
    std::string read_line();

    /// What it prints next, as soon as there is any; empty at the end of its output.
    std::string read_some();

    /// All the rest of what it prints.
    std::string read_all();

    /// Waits until it sleeps in the kernel, as a process does that waits for something.
    void wait_until_asleep() const;

    void signal(int number) const;

    /// SIGKILL, and gone (reaped) on return.
    void kill();

    /// Waits for its end: its exit code, or minus the signal that ended it.
    int wait();

    /// Sends it a signal that ends its wait, and again until it has ended: a signal that comes just
    /// before the process sleeps ends no wait of the system's either. Then as wait().
    int wait_after(int signal);

private:
    pid_t pid_ = -1;
    int output_ = -1;
    bool reaped_ = false;
    int status_ = 0;
};

/// Runs the helper program `peer` (test/helpers/peer.cpp) with these arguments.
Process start_peer(const std::vector<std::string>& arguments);

/// The same to its end: its exit code.
int run_peer(const std::vector<std::string>& arguments);

/// The text as one word of a shell's.
std::string shell_word(const std::string& text);

/// What makes env(1) run a program with that library loaded first. LD_PRELOAD itself is a list
/// that blanks part, so a path with one in it goes into LD_LIBRARY_PATH.
std::vector<std::string> preloading(const std::string& library);

/// Whether users other than this tree's may run the program; says that the test is skipped if not.
bool others_may_run(const std::string& program);

/// A program that was built beside the tests.
std::string helper_path(const std::string& name);

/// Runs `body` in a fork of this process, to its end: the exit code.
int in_child(const std::function<int()>& body);

/// The state letter in /proc/PID/stat, or '?'. Of a thread too, by its gettid(2).
char state_of(pid_t pid);

/// Waits until that process, or thread, sleeps in the kernel.
void wait_until_asleep(pid_t pid);

} // namespace test
