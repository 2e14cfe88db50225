// SPDX-License-Identifier: BSL-1.0
#include "command.hpp"

#include <cerrno>
#include <iostream>
#include <system_error>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "naming.hpp"

namespace cli {
namespace {

constexpr int cannot_start = 126;
constexpr int no_such_command = 127;

sigset_t signals(std::initializer_list<int> numbers) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) {
        sigaddset(&set, number);
    }
    return set;
}

// Keeps them from this process's threads that it is called in, until run() has an answer.
class Blocked {
public:
    explicit Blocked(const sigset_t& set) { pthread_sigmask(SIG_BLOCK, &set, &before_); }
    ~Blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;

private:
    sigset_t before_{};
};

// Descriptors and signals as the command is to find them.
class Surroundings {
public:
    explicit Surroundings(const Command& command) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        if (command.input >= 0) {
            posix_spawn_file_actions_adddup2(&actions_, command.input, STDIN_FILENO);
        }
        if (command.kept >= 0) { // onto itself: not to be closed on exec
            posix_spawn_file_actions_adddup2(&actions_, command.kept, command.kept);
        }
        const sigset_t none = signals({});
        const sigset_t usual = signals({SIGCHLD, SIGPIPE});
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &usual);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Surroundings() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    Surroundings(const Surroundings&) = delete;
    Surroundings& operator=(const Surroundings&) = delete;

    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

// 0 and the process, or errno.
int start(const Command& command, pid_t& pid) {
    std::vector<char*> words;
    for (const std::string& word : command.words) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    const Surroundings its{command};
    return posix_spawnp(&pid, words.front(), its.actions(), its.attributes(), words.data(),
                        environ);
}

// A terminal's come from the kernel.
bool is_for_us_alone(const siginfo_t& signal) {
    return signal.si_code == SI_USER || signal.si_code == SI_TKILL || signal.si_code == SI_QUEUE;
}

int waited_for(pid_t pid, const sigset_t& waking) {
    for (;;) {
        int status = 0;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        siginfo_t signal{};
        const int number = sigwaitinfo(&waking, &signal);
        if (number > 0 && number != SIGCHLD && is_for_us_alone(signal)) {
            ::kill(pid, number);
        }
    }
}

} // namespace

int run(const Command& command) {
    ::signal(SIGCHLD, SIG_DFL); // where it is ignored, nobody's end can be waited for
    const sigset_t waking = signals({SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2});
    const Blocked blocked{waking};
    pid_t pid = -1;
    if (const int error = start(command, pid); error != 0) {
        std::cerr << "crex: " << printable(command.words.front()) << ": "
                  << std::generic_category().message(error) << '\n';
        return error == ENOENT ? no_such_command : cannot_start;
    }
    return waited_for(pid, waking);
}

} // namespace cli
