// SPDX-License-Identifier: BSL-1.0
#include "support/process.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers/outcome_of.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

extern char** environ;

namespace test {

using namespace std::chrono_literals;

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 Capture capture) {
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
        throw std::system_error{errno, std::generic_category(), "pipe2"};
    }
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (capture != Capture::errors) {
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    }
    if (capture != Capture::output) {
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
    }
    const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    output_ = pipe[0];
    if (error != 0) {
        ::close(output_);
        throw std::system_error{error, std::generic_category(), program};
    }
}

Process::Process(const std::function<int()>& body) : pid_{fork()} {
    if (pid_ < 0) {
        throw std::system_error{errno, std::generic_category(), "fork"};
    }
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(outcome_of(body));
    }
}

Process::Process(Process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, output_{std::exchange(other.output_, -1)},
      reaped_{std::exchange(other.reaped_, true)}, status_{other.status_} {}

Process::~Process() {
    if (pid_ > 0 && !reaped_) {
        kill();
    }
    if (output_ >= 0) {
        ::close(output_);
    }
}

std::string Process::read_line() {
    std::string line;
    char c = 0;
    while (::read(output_, &c, 1) == 1 && c != '\n') {
        line += c;
    }
    return line;
}

std::string Process::read_some() {
    std::array<char, 4096> buffer{};
    const ssize_t n = ::read(output_, buffer.data(), buffer.size());
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string{};
}

std::string Process::read_all() {
    std::string text;
    for (std::string more = read_some(); !more.empty(); more = read_some()) {
        text += more;
    }
    return text;
}

void Process::wait_until_asleep() const { test::wait_until_asleep(pid_); }

void Process::signal(int number) const { ::kill(pid_, number); }

void Process::kill() {
    signal(SIGKILL);
    wait();
}

int Process::wait() {
    if (!reaped_) {
        while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
        reaped_ = true;
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

int Process::wait_after(int number) {
    (void)eventually([&] {
        signal(number);
        return state_of(pid_) == 'Z';
    });
    return wait();
}

Process start_peer(const std::vector<std::string>& arguments) {
    return Process{helper_path("peer"), arguments};
}

int run_peer(const std::vector<std::string>& arguments) { return start_peer(arguments).wait(); }

int in_child(const std::function<int()>& body) { return Process{body}.wait(); }

std::string shell_word(const std::string& text) {
    std::string word{"'"};
    for (const char c : text) {
        c == '\'' ? word.append("'\\''") : word.append(1, c);
    }
    return word.append("'");
}

std::vector<std::string> preloading(const std::string& library) {
    const std::filesystem::path path{library};
    return {"LD_LIBRARY_PATH=" + path.parent_path().string(),
            "LD_PRELOAD=" + path.filename().string()};
}

bool others_may_run(const std::string& program) {
    namespace fs = std::filesystem;
    constexpr auto needed = fs::perms::others_exec;
    for (fs::path path = fs::canonical(program);; path = path.parent_path()) {
        if ((fs::status(path).permissions() & needed) != needed) {
            skip("only its owner may use " + path.string());
            return false;
        }
        if (path == path.root_path()) {
            return true;
        }
    }
}

std::string helper_path(const std::string& name) { return CREX_TEST_HELPERS "/" + name; }

char state_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    std::getline(file, line);
    const auto bracket = line.rfind(')');
    return bracket != line.npos && bracket + 2 < line.size() ? line[bracket + 2] : '?';
}

void wait_until_asleep(pid_t pid) {
    for (char state = state_of(pid); state != 'S'; state = state_of(pid)) {
        if (state == 'Z' || state == '?') {
            throw std::runtime_error{"it has ended instead of waiting"};
        }
        std::this_thread::sleep_for(1ms);
    }
}

} // namespace test
