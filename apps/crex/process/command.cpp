// SPDX-License-Identifier: BSL-1.0
#include "process/command.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iostream>
#include <system_error>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects/naming.hpp"
#include "process/signals.hpp"

namespace cli {
namespace {

constexpr int cannot_start = 126;
constexpr int no_such_command = 127;
constexpr std::chrono::milliseconds echo{10}; // a signal sent twice arrives again within this

// The signals that are passed on to the command, and SIGCHLD.
sigset_t waking_signals() {
    return set_of_signals({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD});
}

// The descriptors and signals with which the command starts.
class Surroundings {
public:
    explicit Surroundings(const Command& command) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        if (command.input >= 0) {
            posix_spawn_file_actions_adddup2(&actions_, command.input, STDIN_FILENO);
        }
        if (command.kept >= 0) { // onto itself: not closed on exec
            posix_spawn_file_actions_adddup2(&actions_, command.kept, command.kept);
        }
        const sigset_t none = set_of_signals({});
        const sigset_t usual = set_of_signals({SIGCHLD, SIGPIPE});
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

// Ended by a null pointer, as posix_spawn(3) wants it.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (const std::string& text : texts) {
        result.push_back(const_cast<char*>(text.c_str()));
    }
    result.push_back(nullptr);
    return result;
}

// crex's own is left as it is, since another thread may read it: libpq's, for a server's
// parameters.
std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> result = command.environment;
    for (char** next = environ; *next != nullptr; ++next) {
        const std::string_view its{*next};
        const std::string_view name = its.substr(0, its.find('=') + 1);
        if (std::none_of(command.environment.begin(), command.environment.end(),
                         [&](const std::string& each) { return each.starts_with(name); })) {
            result.emplace_back(its);
        }
    }
    return result;
}

// Returns 0, and sets the process, or returns errno.
int start(const Command& command, pid_t& pid) {
    const std::vector<char*> words = pointers_to(command.words);
    const std::vector<std::string> environment = environment_of(command);
    const Surroundings its{command};
    return posix_spawnp(&pid, words.front(), its.actions(), its.attributes(), words.data(),
                        pointers_to(environment).data());
}

// A signal of a terminal comes from the kernel, and goes to the command as well.
bool is_from_a_process(const siginfo_t& signal) {
    return signal.si_code == SI_USER || signal.si_code == SI_TKILL || signal.si_code == SI_QUEUE;
}

// Reaps ended children: the first process of a container must reap others than the command, too.
bool has_ended(pid_t pid, int& status) {
    pid_t ended = 0;
    do {
        ended = ::waitpid(-1, &status, WNOHANG);
    } while (ended > 0 && ended != pid);
    return ended == pid;
}

int first_pending(const sigset_t& set, std::chrono::milliseconds patience) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
    const timespec limit{seconds.count(), std::chrono::nanoseconds{patience - seconds}.count()};
    int number = 0;
    while ((number = sigtimedwait(&set, nullptr, &limit)) < 0 && errno == EINTR) {
    }
    return std::max(number, 0);
}

} // namespace

Runner::Runner() : ending_{ending_signals()} {}

int Runner::run(const Command& command) {
    ::signal(SIGCHLD, SIG_DFL); // if it were ignored, no child's end could be waited for
    const Blocked blocked{waking_signals()};
    witness_.forget();
    pid_t pid = -1;
    if (const int error = start(command, pid); error != 0) {
        std::cerr << "crex: " << printable(command.words.front()) << ": "
                  << std::generic_category().message(error) << '\n';
        return error == ENOENT ? no_such_command : cannot_start;
    }
    return wait_for(pid);
}

int Runner::wait_for(pid_t pid) {
    const sigset_t waking = waking_signals();
    int status = 0;
    while (!has_ended(pid, status)) {
        siginfo_t signal{};
        const int number = sigwaitinfo(&waking, &signal);
        if (number > 0 && number != SIGCHLD) {
            pass_on(pid, signal);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Runner::pass_on(pid_t pid, const siginfo_t& signal) {
    const int number = signal.si_signo;
    if (asked_to_end_ == 0 && sigismember(&ending_, number) == 1) {
        asked_to_end_ = number;
    }
    if (!is_from_a_process(signal)) {
        return;
    }
    if (!witness_.got(number)) {
        ::kill(pid, number);
        return;
    }
    // timeout(1) sends the signal to crex and then to the group: that counts as one signal.
    first_pending(set_of_signals({number}), echo);
}

int Runner::asked_to_end(std::chrono::milliseconds patience) {
    if (asked_to_end_ == 0) {
        asked_to_end_ = first_pending(ending_, patience);
    }
    return asked_to_end_;
}

} // namespace cli
