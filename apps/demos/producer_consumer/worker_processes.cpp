// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/worker_processes.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace demo {
namespace {

constexpr pid_t nobody = 0;

sigset_t end_of_a_child() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    return signals;
}

// Does not return to the parent's code, and does not run its destructors.
[[noreturn]] void work_and_exit(const std::string& name, pid_t parent,
                                const std::function<void()>& work) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_IGN); // Ctrl-C is for the parent, which ends this process
    std::signal(SIGTERM, SIG_DFL);
    if (getppid() != parent) { // it ended before this process could be told
        _exit(EXIT_FAILURE);
    }
    try {
        work();
    } catch (const std::exception& error) {
        std::cerr << "producer_consumer: " + name + ": " + error.what() + "\n";
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

} // namespace

// Waiting for the end of a child needs SIGCHLD blocked.
WorkerProcesses::WorkerProcesses(bool successors) : successors_{successors} {
    const sigset_t signals = end_of_a_child();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

WorkerProcesses::~WorkerProcesses() {
    for (const Member& member : members_) {
        if (member.pid != nobody) {
            kill(member.pid, SIGKILL);
            waitpid(member.pid, nullptr, 0);
        }
    }
}

void WorkerProcesses::start(Role role, std::function<void()> work) {
    std::string name = role == Role::producer ? "producer " : "consumer ";
    name += std::to_string(at_work(role) + 1);
    members_.push_back({role, std::move(name), std::move(work), nobody});
    run(members_.back());
}

void WorkerProcesses::run(Member& member) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        throw std::system_error{errno, std::generic_category(), "fork"};
    }
    if (child == 0) {
        work_and_exit(member.name, parent, member.work);
    }
    member.pid = child;
}

void WorkerProcesses::look_after(std::chrono::nanoseconds at_most) {
    const timespec limit{.tv_sec = 0, .tv_nsec = static_cast<long>(at_most.count())};
    const sigset_t signals = end_of_a_child();
    sigtimedwait(&signals, nullptr, &limit); // one signal may stand for several ends
    for (Member& member : members_) {
        if (member.pid != nobody) {
            see_to(member);
        }
    }
}

void WorkerProcesses::see_to(Member& member) {
    int status = 0;
    if (waitpid(member.pid, &status, WNOHANG) == member.pid) {
        member.pid = nobody;
        judge(member, status);
    }
}

void WorkerProcesses::judge(Member& member, int status) {
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) != SIGKILL || !successors_) {
            throw std::runtime_error{member.name + " was ended by signal " +
                                     std::to_string(WTERMSIG(status))};
        }
        ++killed_[static_cast<int>(member.role)];
        run(member);
    } else if (WEXITSTATUS(status) != EXIT_SUCCESS) {
        throw std::runtime_error{member.name + " has failed"};
    }
}

void WorkerProcesses::kill_somebody() {
    std::vector<pid_t> there;
    for (const Member& member : members_) {
        if (member.pid != nobody) {
            there.push_back(member.pid);
        }
    }
    if (!there.empty()) {
        kill(there[random_() % there.size()], SIGKILL);
    }
}

std::size_t WorkerProcesses::at_work(Role role) const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(), [&](const Member& member) {
            return member.pid != nobody && member.role == role;
        }));
}

std::size_t WorkerProcesses::at_work() const {
    return at_work(Role::producer) + at_work(Role::consumer);
}

} // namespace demo
