// SPDX-License-Identifier: BSL-1.0
#include "harness/processes.hpp"

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

[[noreturn]] void run_and_exit(SharedState& shared, pid_t parent,
                               const std::function<void()>& body) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }
    try {
        body();
    } catch (const std::exception& error) {
        shared.fail(error);
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

pid_t start(SharedState& shared, const std::function<void()>& body) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        throw std::system_error{errno, std::generic_category(), "fork"};
    }
    if (child == 0) {
        run_and_exit(shared, parent, body);
    }
    return child;
}

void wait_for_one(SharedState& shared) {
    int status = 0;
    if (wait(&status) < 0) {
        throw std::system_error{errno, std::generic_category(), "wait"};
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        shared.fail(Ending::failed, "a process ended with wait status " + std::to_string(status));
        throw std::runtime_error{"a process failed"};
    }
}

void tell_ending(SharedState& shared, int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        shared.fail(Ending::failed, "hung, and was cut off");
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        shared.fail(Ending::failed, "ended with wait status " + std::to_string(status));
    } else if (shared.ending() == Ending::none) {
        shared.fail(Ending::failed, "gave no figures");
    }
}

} // namespace

void play(SharedState& shared, std::span<const Role> roles) {
    shared.expect(static_cast<unsigned>(roles.size()));
    for (std::size_t index = 0; index < roles.size(); ++index) {
        start(shared, [&role = roles[index], &part = shared.parts.at(index)] {
            move_to(role.place);
            role.play(part);
        });
    }
    for (std::size_t left = roles.size(); left > 0; --left) {
        wait_for_one(shared);
    }
}

void run_apart(SharedState& shared, unsigned seconds, const std::function<void()>& measurement) {
    // Participants whose measurement was killed become this process's children.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t child = start(shared, [&] {
        alarm(seconds);
        measurement();
    });
    int status = 0;
    waitpid(child, &status, 0);
    tell_ending(shared, status);
    while (wait(nullptr) > 0) {
    }
}

} // namespace bench
