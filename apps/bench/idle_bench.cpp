// SPDX-License-Identifier: BSL-1.0

// What waiting costs while nothing happens, and how soon a death is noticed:
//
//     idle_bench [SECONDS [WAITERS...]]
//
// Each waiter is a process with a handle of its own. One more process holds what they wait for: the
// only permit, or a lease of the only message. It is killed; the waiter that gets it is killed
// next. On an empty queue nothing is held, and that process only has the queue open.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "harness/clock.hpp"

namespace {

using namespace std::chrono_literals;
using bench::now_ns;

const std::string object_name = "/idle-bench-" + std::to_string(getpid());

// Shared by the processes.
struct SharedState {
    std::atomic<unsigned> present{0}; // processes that hold it, or are about to wait
    std::atomic<pid_t> holder{0};
    std::atomic<std::int64_t> taken_at{0};

    void taken() {
        taken_at = now_ns();
        holder = getpid();
        for (;;) {
            pause();
        }
    }
};

struct Subject {
    const char* name;
    std::size_t waiters_max; // 0: any number
    const char* why_no_more;
    const char* why_unnoticed; // reason if a holder's death is not noticed; else null
    std::function<void(std::size_t handles)> create;
    std::function<void(SharedState&)> wait; // with a handle of its own, until it holds something
    std::function<void()> remove;
};

Subject queue_of(const char* name, crex::Backend backend) {
    const bool leases = backend == crex::Backend::robust;
    crex::MessageQueueOptions options;
    options.backend = backend;
    options.max_messages = 1;
    const auto create = [=](std::size_t handles) {
        crex::MessageQueueOptions its = options;
        its.max_handles = leases ? handles : its.max_handles;
        crex::MessageQueue{object_name, crex::O_CREX, its}.send("work");
    };
    const auto wait = [=](SharedState& shared) {
        crex::MessageQueue queue{object_name, 0, options};
        ++shared.present;
        std::optional<crex::Lease> lease;
        if (leases) {
            lease.emplace(queue.lease());
        } else {
            (void)queue.receive();
        }
        shared.taken();
    };
    return {name, 0, "", leases ? nullptr : "never", create, wait, [=] {
                crex::unlink_message_queue(object_name, backend);
            }};
}

Subject robust_semaphore() {
    const auto create = [](std::size_t handles) {
        crex::RobustSemaphoreOptions options;
        options.max_handles = handles;
        crex::RobustSemaphore{object_name, crex::O_CREX, options};
    };
    const auto wait = [](SharedState& shared) {
        crex::RobustSemaphore semaphore{object_name};
        ++shared.present;
        semaphore.acquire();
        shared.taken();
    };
    return {"RobustSemaphore", 0, "", nullptr, create, wait, [] {
                crex::unlink_robust_semaphore(object_name);
            }};
}

Subject semaphore() {
    const auto create = [](std::size_t) {
        crex::Semaphore{object_name, crex::O_CREX, {.initial_value = 1}};
    };
    const auto wait = [](SharedState& shared) {
        crex::Semaphore semaphore{object_name};
        ++shared.present;
        semaphore.acquire();
        shared.taken();
    };
    return {"Semaphore", 0, "", "never", create, wait, [] { crex::unlink_semaphore(object_name); }};
}

Subject empty_queue() {
    crex::MessageQueueOptions options;
    const auto create = [=](std::size_t handles) {
        crex::MessageQueueOptions its = options;
        its.max_handles = handles;
        crex::MessageQueue{object_name, crex::O_CREX, its};
    };
    const auto wait = [=](SharedState& shared) {
        crex::MessageQueue queue{object_name, 0, options};
        if (shared.present++ != 0) {
            (void)queue.receive();
        }
        shared.taken();
    };
    return {"empty queue", 0, "", "nothing held", create, wait, [=] {
                crex::unlink_message_queue(object_name, crex::Backend::robust);
            }};
}

// The first process is the producer, the second the consumer, which waits.
Subject ring() {
    const auto create = [](std::size_t) { crex::Ring{object_name, crex::O_CREX}; };
    const auto wait = [](SharedState& shared) {
        crex::Ring ring{object_name};
        ++shared.present;
        const auto producer = ring.try_producer();
        if (!producer) {
            (void)ring.consumer().peek();
        }
        shared.taken();
    };
    return {"Ring",
            1,
            "one consumer",
            "nothing held",
            create,
            wait,
            [] { crex::unlink_ring(object_name); }};
}

std::int64_t cpu_ns(pid_t process) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        throw std::system_error{errno, std::generic_category(), "the clock of a waiter"};
    }
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

// A subject with one holder and some waiters.
class Scene {
public:
    Scene(const Subject& subject, std::size_t waiters) : subject_{subject} {
        subject.create(std::max<std::size_t>(waiters + 2, crex::robust_handles_default));
        add();
        until([this] { return shared_->holder != 0; });
        while (processes_.size() <= waiters) {
            add();
        }
        settle();
    }
    ~Scene() {
        for (const pid_t each : processes_) {
            end(each);
        }
        subject_.remove();
        munmap(memory_, sizeof(SharedState));
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    // The share of one core that all waiters use together.
    [[nodiscard]] double cpu_share(std::chrono::duration<double> time) const {
        const std::int64_t began = now_ns();
        const std::int64_t before = cpu_of_waiters();
        std::this_thread::sleep_for(time);
        const std::int64_t used = cpu_of_waiters() - before;
        return static_cast<double>(used) / static_cast<double>(now_ns() - began);
    }

    // Kills the holder. Returns the number of milliseconds until a waiter has what it held.
    double time_to_notice() {
        const pid_t victim = shared_->holder.exchange(0);
        const std::int64_t killed_at = now_ns();
        end(victim);
        until([this] { return shared_->holder != 0; });
        const double result = static_cast<double>(shared_->taken_at - killed_at) / 1e6;
        processes_.erase(std::find(processes_.begin(), processes_.end(), victim));
        --shared_->present;
        add();
        settle();
        return result;
    }

private:
    void add() {
        const pid_t parent = getpid();
        const pid_t child = fork();
        if (child < 0) {
            throw std::system_error{errno, std::generic_category(), "fork"};
        }
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() == parent) {
                run();
            }
            _exit(EXIT_FAILURE);
        }
        processes_.push_back(child);
    }

    void run() noexcept {
        try {
            subject_.wait(*shared_);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s: a waiter: %s\n", subject_.name, error.what());
        }
    }

    // Returns once all waiters wait and their monitors look.
    void settle() const {
        until([this] { return shared_->present == processes_.size(); });
        std::this_thread::sleep_for(500ms);
    }

    template <class Condition> void until(Condition condition) const {
        const std::int64_t began = now_ns();
        while (!condition()) {
            if (now_ns() - began > 60'000'000'000) {
                throw std::runtime_error{std::string{subject_.name} + " does not go on"};
            }
            std::this_thread::sleep_for(1ms);
        }
    }

    [[nodiscard]] std::int64_t cpu_of_waiters() const {
        std::int64_t sum = 0;
        for (const pid_t each : processes_) {
            sum += each == shared_->holder ? 0 : cpu_ns(each);
        }
        return sum;
    }

    static void end(pid_t process) {
        kill(process, SIGKILL);
        waitpid(process, nullptr, 0);
    }

    const Subject& subject_;
    void* memory_ = mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SharedState* shared_ = new (memory_) SharedState;
    std::vector<pid_t> processes_;
};

void measure(const Subject& subject, std::size_t waiters, double seconds) {
    constexpr int deaths = 9;
    std::printf("%-18s %7zu  ", subject.name, waiters);
    std::fflush(stdout);
    if (subject.waiters_max != 0 && waiters > subject.waiters_max) {
        std::printf("%s\n", subject.why_no_more);
        return;
    }
    Scene scene{subject, waiters};
    const double percent = 100 * scene.cpu_share(std::chrono::duration<double>{seconds});
    std::printf("%9.3f %%  %9.4f %%  ", percent, percent / static_cast<double>(waiters));
    std::fflush(stdout);
    if (subject.why_unnoticed != nullptr) {
        std::printf("%s\n", subject.why_unnoticed);
        return;
    }
    std::vector<double> times;
    for (int i = 0; i < deaths; ++i) {
        std::this_thread::sleep_for(7ms * i); // at different moments between two looks
        times.push_back(scene.time_to_notice());
    }
    std::sort(times.begin(), times.end());
    std::printf("%6.1f ms  %6.1f ms\n", times[deaths / 2], times.back());
}

} // namespace

int main(int argc, char** argv) {
    try {
        const double seconds = argc > 1 ? std::stod(argv[1]) : 5;
        std::vector<std::size_t> numbers;
        for (int i = 2; i < argc; ++i) {
            numbers.push_back(std::stoul(argv[i]));
        }
        if (numbers.empty()) {
            numbers = {1, 50, 200, 512};
        }
        std::printf("%-18s %7s  %11s  %11s  %s\n", "waiting for", "waiters", "of a core", "each",
                    "a death is noticed after (median, worst)");
        for (const Subject& subject :
             {empty_queue(), queue_of("queue, robust", crex::Backend::robust), robust_semaphore(),
              ring(), semaphore(), queue_of("queue, kernel's", crex::Backend::posix)}) {
            for (const std::size_t waiters : numbers) {
                measure(subject, waiters, seconds);
            }
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "\nidle_bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
