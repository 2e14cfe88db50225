// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <atomic>
#include <cerrno>
#include <new>
#include <thread>

#include <signal.h>
#include <unistd.h>

#include <crex/shared_memory.hpp>

#include "subject.hpp"

// A naive design: a count, and a table with the permits of each process. A death between the two
// changes loses a permit or makes one.

namespace crash {
namespace {

constexpr std::size_t entries = 8;

struct Body {
    std::atomic<int> value;
    std::array<std::atomic<int>, entries> pids;
    std::array<std::atomic<int>, entries> held;
};

class UnsafeSemaphore final : public SemaphoreUnderTest {
public:
    explicit UnsafeSemaphore(const crex::SharedMemory& memory)
        : mapping_{memory.map()}, body_{*std::launder(
                                      reinterpret_cast<Body*>(mapping_.bytes().data()))} {}

    void begin(int permits) { body_.value = permits; }

    bool acquire_for(std::chrono::milliseconds timeout) override {
        const auto end = std::chrono::steady_clock::now() + timeout;
        const std::size_t record = my_entry();
        while (!take_one()) {
            if (std::chrono::steady_clock::now() >= end) {
                return false;
            }
            look_for_the_dead();
            std::this_thread::yield();
        }
        ++body_.held[record];
        return true;
    }

    void release(unsigned count) override {
        const auto some = static_cast<int>(count);
        body_.value += some;
        body_.held[my_entry()] -= some;
    }

    unsigned value() override {
        look_for_the_dead();
        return static_cast<unsigned>(body_.value);
    }

private:
    bool take_one() {
        int value = body_.value;
        return value > 0 && body_.value.compare_exchange_strong(value, value - 1);
    }

    std::size_t my_entry() {
        const int pid = getpid();
        for (std::size_t i = 0;; i = (i + 1) % entries) {
            int nobody = 0;
            if (body_.pids[i] == pid || body_.pids[i].compare_exchange_strong(nobody, pid)) {
                return i;
            }
        }
    }

    void look_for_the_dead() {
        for (std::size_t i = 0; i < entries; ++i) {
            const int pid = body_.pids[i];
            if (pid != 0 && ::kill(pid, 0) != 0 && errno == ESRCH) {
                body_.value += body_.held[i].exchange(0);
                body_.pids[i] = 0;
            }
        }
    }

    crex::Mapping mapping_;
    Body& body_;
};

} // namespace

const SemaphoreSubject unsafe_semaphore{
    "unsafe semaphore",
    [](const std::string& name, unsigned permits) -> std::unique_ptr<SemaphoreUnderTest> {
        auto semaphore = std::make_unique<UnsafeSemaphore>(
            crex::SharedMemory{name, crex::O_CREX, {.size = sizeof(Body)}});
        semaphore->begin(static_cast<int>(permits));
        return semaphore;
    },
    [](const std::string& name) -> std::unique_ptr<SemaphoreUnderTest> {
        return std::make_unique<UnsafeSemaphore>(crex::SharedMemory{name});
    },
    [](const std::string& name) { crex::unlink_shared_memory(name); },
    [](const std::string& name) { return "/dev/shm" + name; }};

} // namespace crash
