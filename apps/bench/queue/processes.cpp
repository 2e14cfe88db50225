// SPDX-License-Identifier: BSL-1.0
#include "queue/processes.hpp"

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

[[noreturn]] void run_and_exit(Stage& stage, pid_t parent, const std::function<void()>& body) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }
    try {
        body();
    } catch (const std::exception& error) {
        stage.fail(error);
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

pid_t start(Stage& stage, const std::function<void()>& body) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        throw std::system_error{errno, std::generic_category(), "fork"};
    }
    if (child == 0) {
        run_and_exit(stage, parent, body);
    }
    return child;
}

void wait_for_one(Stage& stage) {
    int status = 0;
    if (wait(&status) < 0) {
        throw std::system_error{errno, std::generic_category(), "wait"};
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        stage.fail(Ending::failed, "a process ended with wait status " + std::to_string(status));
        throw std::runtime_error{"a process failed"};
    }
}

void tell_ending(Stage& stage, int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        stage.fail(Ending::failed, "hung, and was cut off");
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        stage.fail(Ending::failed, "ended with wait status " + std::to_string(status));
    } else if (stage.ending() == Ending::none) {
        stage.fail(Ending::failed, "gave no figures");
    }
}

} // namespace

void play(Stage& stage, std::span<const Role> roles) {
    stage.expect(static_cast<unsigned>(roles.size()));
    for (std::size_t index = 0; index < roles.size(); ++index) {
        start(stage, [&role = roles[index], &part = stage.parts.at(index)] {
            move_to(role.place);
            role.play(part);
        });
    }
    for (std::size_t left = roles.size(); left > 0; --left) {
        wait_for_one(stage);
    }
}

void run_apart(Stage& stage, unsigned seconds, const std::function<void()>& measurement) {
    // Participants whose measurement was killed become this process's children.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t child = start(stage, [&] {
        alarm(seconds);
        measurement();
    });
    int status = 0;
    waitpid(child, &status, 0);
    tell_ending(stage, status);
    while (wait(nullptr) > 0) {
    }
}

} // namespace bench
