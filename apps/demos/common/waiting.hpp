// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

#include <sched.h>

// Waiting between two looks at something that another process will change.

namespace demo {

// Tells the processor that this is a waiting loop.
inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#endif
}

// Whether this process may run on one processor only.
inline bool has_one_processor() noexcept {
    cpu_set_t processors;
    return sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) == 1;
}

// For an event that is about to happen. To sleep in the kernel and be woken takes some 40
// microseconds, and an answer comes in less than one. So there are first a few pauses of the
// processor, in case the peer runs on another processor; then a few yields, in case it waits for
// this one; and then no more.
class QuickWait {
public:
    // Waits a moment; returns false once that was done often enough.
    bool again() {
        ++step_;
        if (step_ <= pauses) {
            cpu_pause();
        } else {
            sched_yield();
        }
        return step_ < pauses + yields;
    }

    // The pauses have not helped; another process may have used this processor since.
    [[nodiscard]] bool has_yielded() const { return step_ > pauses; }

private:
    inline static const int pauses = has_one_processor() ? 0 : 60;
    static constexpr int yields = 24;

    int step_ = 0;
};

// For an event that may take a while. Each sleep is an eighth of the wait so far, from 20
// microseconds to 5 milliseconds: the wait ends soon after the event, and uses little processor
// time.
class Nap {
public:
    void take() const {
        using namespace std::chrono_literals;
        const std::chrono::nanoseconds so_far = Clock::now() - began_;
        std::this_thread::sleep_for(std::clamp<std::chrono::nanoseconds>(so_far / 8, 20us, 5ms));
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point began_ = Clock::now();
};

} // namespace demo
