// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <sys/types.h>

namespace demo {

enum class Role { producer, consumer };

// The processes of a run, forked from this one. None outlives it, however it ends.
class WorkerProcesses {
public:
    // With `successors`, a killed process is followed by another one in the same role. Without, a
    // kill is an error.
    explicit WorkerProcesses(bool successors);
    ~WorkerProcesses(); // kills the processes that are left
    WorkerProcesses(const WorkerProcesses&) = delete;
    WorkerProcesses& operator=(const WorkerProcesses&) = delete;

    // Starts a process of its own that does `work`.
    void start(Role role, std::function<void()> work);

    // Waits until a process ends, but not for long, and handles the processes that have ended.
    // Throws when one has failed.
    void look_after(std::chrono::nanoseconds at_most);

    // Sends SIGKILL to one of them.
    void kill_somebody();

    [[nodiscard]] std::size_t at_work(Role role) const;
    [[nodiscard]] std::size_t at_work() const;

    // How many were killed so far.
    [[nodiscard]] unsigned killed(Role role) const { return killed_[static_cast<int>(role)]; }

private:
    struct Member {
        Role role;
        std::string name;
        std::function<void()> work;
        pid_t pid;
    };

    static void run(Member& member);
    void see_to(Member& member);
    void judge(Member& member, int status);

    bool successors_;
    std::vector<Member> members_;
    unsigned killed_[2] = {0, 0};
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace demo
