// SPDX-License-Identifier: BSL-1.0
#include "crash/corruption/watch.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hostile {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Work = std::function<void(Progress&, std::uint64_t, std::uint64_t)>;

constexpr int rule_broken = 3;

Progress* shared_progress() {
    void* const memory =
        mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    return new (memory) Progress{};
}

// Runs one child after the other until its part of the course is done.
class Worker {
public:
    Worker(std::uint64_t first, std::uint64_t last, const Work& work)
        : progress_{shared_progress()}, first_{first}, last_{last}, work_{work} {
        start(first);
    }

    [[nodiscard]] bool running() const { return pid_ != 0; }
    [[nodiscard]] int pid() const { return pid_; }
    [[nodiscard]] const Progress& progress() const { return *progress_; }

    // The child's failure, if it has just failed.
    std::optional<Failure> look(std::chrono::milliseconds patience) {
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
                pid_ = 0;
                return std::nullopt;
            }
            return failure(status);
        }
        if (const std::uint64_t number = current(); number != seen_) {
            seen_ = number;
            since_ = Clock::now();
        } else if (Clock::now() - since_ > patience) {
            kill(pid_, SIGKILL);
            waitpid(pid_, &status, 0);
            return Failure{Failure::hang, seen_, text(progress_->operation)};
        }
        return std::nullopt;
    }

    void stop() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    // Continues after the failed experiment.
    void go_on() {
        const std::uint64_t next = current() + 1;
        pid_ = 0;
        if (next < last_) {
            start(next);
        }
    }

private:
    void start(std::uint64_t first) {
        progress_->begin(first);
        first_ = first;
        seen_ = first;
        since_ = Clock::now();
        std::fflush(nullptr);
        pid_ = fork();
        if (pid_ < 0) {
            throw std::runtime_error{"fork"};
        }
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            work_(*progress_, first, last_);
            _exit(0);
        }
    }

    // The number of the child's experiment, or of its first one if the child has damaged it.
    [[nodiscard]] std::uint64_t current() const {
        const std::uint64_t number = progress_->number.load();
        return first_ <= number && number < last_ ? number : first_;
    }

    template <std::size_t size> static std::string text(const std::array<char, size>& chars) {
        return {chars.data(), strnlen(chars.data(), size)};
    }

    [[nodiscard]] Failure failure(int status) const {
        const std::uint64_t number = current();
        if (WIFEXITED(status) && WEXITSTATUS(status) == rule_broken) {
            return {Failure::broken_rule, number, text(progress_->verdict)};
        }
        const std::string how = WIFSIGNALED(status)
                                    ? "signal " + std::to_string(WTERMSIG(status))
                                    : "exit code " + std::to_string(WEXITSTATUS(status));
        return {Failure::crash, number, how + " in " + text(progress_->operation)};
    }

    Progress* progress_;  // kept until the program ends; there are few of them
    std::uint64_t first_; // of the current child
    std::uint64_t last_;
    const Work& work_;
    pid_t pid_ = 0;
    std::uint64_t seen_ = 0;
    Clock::time_point since_;
};

} // namespace

void Progress::fail(const std::string& why) {
    std::strncpy(verdict.data(), why.c_str(), verdict.size() - 1);
    _exit(rule_broken);
}

std::size_t Watched::count(Failure::Sort sort) const {
    return static_cast<std::size_t>(
        std::count_if(failures.begin(), failures.end(),
                      [&](const Failure& failure) { return failure.sort == sort; }));
}

Watched watch(const Course& course, const Work& work, const std::function<void(int)>& clean_up) {
    std::vector<Worker> workers;
    for (unsigned i = 0; i < course.workers; ++i) {
        workers.emplace_back(course.first + course.count * i / course.workers,
                             course.first + course.count * (i + 1) / course.workers, work);
    }
    Watched result;
    const auto busy = [&] {
        return std::any_of(workers.begin(), workers.end(),
                           [](const Worker& worker) { return worker.running(); });
    };
    for (; busy() && result.failures.size() < course.enough; std::this_thread::sleep_for(5ms)) {
        for (Worker& worker : workers) {
            if (!worker.running()) {
                continue;
            }
            const int pid = worker.pid();
            if (auto failure = worker.look(course.patience)) {
                clean_up(pid);
                result.failures.push_back(std::move(*failure));
                worker.go_on();
            }
        }
    }
    for (Worker& worker : workers) {
        if (worker.running()) {
            const int pid = worker.pid();
            worker.stop();
            clean_up(pid);
        }
        for (std::size_t i = 0; i < result.tally.size(); ++i) {
            result.tally[i] += worker.progress().tally[i].load();
        }
    }
    return result;
}

std::string to_string(const Failure& failure) {
    constexpr std::array sorts{"crash", "hang", "broken rule"};
    return "mutation " + std::to_string(failure.number) + ": " + sorts[failure.sort] + ": " +
           failure.what;
}

} // namespace hostile
