// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/cleanup_process.hpp"

#include <cerrno>
#include <csignal>
#include <exception>
#include <system_error>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace demo {
namespace {

// Signals are blocked before the fork: none can end the cleanup process, they only tell it to
// begin.
[[noreturn]] void stand_by(pid_t parent, const std::vector<CleanupProcess::Task>& tasks) {
    sigset_t gone;
    sigemptyset(&gone);
    sigaddset(&gone, SIGUSR1);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    if (getppid() == parent) { // else it ended before it could be waited for
        int signal = 0;
        sigwait(&gone, &signal);
    }
    for (const CleanupProcess::Task& task : tasks) {
        try {
            task();
        } catch (const std::exception&) { // another process has done it
        }
    }
    _exit(0);
}

} // namespace

CleanupProcess::CleanupProcess(const std::vector<Task>& tasks) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
        stand_by(parent, tasks);
    }
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0) {
        throw std::system_error{error, std::generic_category(), "fork"};
    }
}

CleanupProcess::~CleanupProcess() {
    kill(pid_, SIGUSR1);
    waitpid(pid_, nullptr, 0);
}

} // namespace demo
