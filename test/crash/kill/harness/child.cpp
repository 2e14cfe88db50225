// SPDX-License-Identifier: BSL-1.0
#include "child.hpp"

#include <cerrno>
#include <exception>
#include <iostream>
#include <system_error>
#include <utility>

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace crash {

namespace {

// Boost.Test would turn these signals into reports in the child. Only the parent may report.
void handle_no_signals() {
    for (const int number : {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) {
        signal(number, SIG_DFL);
    }
}

[[noreturn]] void run(const std::function<void()>& body) {
    try {
        body();
    } catch (const std::exception& error) {
        std::cerr << "child: " << error.what() << std::endl;
        _exit(70);
    }
    _exit(0);
}

} // namespace

Child::Child(const std::function<void()>& body) {
    const pid_t parent = getpid();
    std::cout.flush();
    pid_ = fork();
    if (pid_ < 0) {
        throw std::system_error{errno, std::generic_category(), "fork"};
    }
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(70);
        }
        handle_no_signals();
        run(body);
    }
}

Child::Child(Child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, status_{other.status_} {}

Child& Child::operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(status_, other.status_);
    return *this;
}

Child::~Child() { kill(); }

int Child::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
    }
    return wait();
}

int Child::wait() {
    while (pid_ > 0) { // a traced child also reports its stops here
        if (waitpid(pid_, &status_, __WALL) == pid_ ? !WIFSTOPPED(status_) : errno != EINTR) {
            pid_ = -1;
        }
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

bool Child::running() {
    if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) {
        pid_ = -1;
    }
    return pid_ > 0;
}

OnOneProcessor::OnOneProcessor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    sched_setaffinity(0, sizeof one, &one);
}

// The kernel leaves out processors that this process may not use.
OnOneProcessor::~OnOneProcessor() {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
        CPU_SET(i, &all);
    }
    sched_setaffinity(0, sizeof all, &all);
}

} // namespace crash
