// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>

#include <sched.h>

#include "platform/cpu.hpp"
#include "platform/deadline.hpp"

namespace crex::detail::robust {

// What a call does before it goes to sleep: it looks for a moment whether what it waits for is
// there, and learns from its handle's other calls whether that is of use.
class Eagerness {
public:
    // Looks at most that many times, with a pause of the processor in between, before it yields.
    explicit Eagerness(unsigned spin) : spin_{spin} {}

    // True when `is_ready` has become so. While spinning it is asked every so many pauses.
    template <class Ready> bool look(Ready is_ready, unsigned every = 1) {
        return spin(is_ready, every) || yield(is_ready);
    }

private:
    template <class Ready> bool spin(Ready is_ready, unsigned every);
    template <class Ready> bool yield(Ready is_ready);

    static constexpr auto relaxed = std::memory_order_relaxed;

    unsigned spin_;
    std::atomic<unsigned> spun_in_vain_{0};
    std::atomic<unsigned> yields_to_skip_{0};
};

// Worth while only if what is waited for happens on another processor, and soon. When that has not
// been so for some time (both sides share a processor; it happens rarely), it is tried only now and
// then.
template <class Ready> bool Eagerness::spin(Ready is_ready, unsigned every) {
    constexpr unsigned patience = 4;
    constexpr unsigned now_and_then = 16;
    const unsigned in_vain = spun_in_vain_.load(relaxed);
    if (in_vain >= patience && in_vain % now_and_then != 0) {
        spun_in_vain_.store(in_vain + 1, relaxed);
        return is_ready();
    }
    for (unsigned i = 0; i < spin_; ++i) {
        if (i % every == every - 1 && is_ready()) {
            spun_in_vain_.store(0, relaxed);
            return true;
        }
        cpu_pause();
    }
    spun_in_vain_.store(in_vain + 1, relaxed);
    return false;
}

// Lets whoever else is on this processor get on with what is waited for. When it is somebody else
// who gets on instead, a sleeper is back sooner: those are woken before others have had their time.
template <class Ready> bool Eagerness::yield(Ready is_ready) {
    constexpr int times = 24;
    constexpr std::chrono::microseconds too_long{40};
    constexpr unsigned while_busy = 256;
    if (const unsigned left = yields_to_skip_.load(relaxed); left != 0) {
        yields_to_skip_.store(left - 1, relaxed);
        return is_ready();
    }
    auto before = Deadline::Clock::now();
    for (int i = 0; i < times; ++i) {
        if (is_ready()) {
            return true;
        }
        sched_yield();
        const auto now = Deadline::Clock::now();
        if (now - before > too_long) {
            yields_to_skip_.store(while_busy, relaxed);
            break;
        }
        before = now;
    }
    return is_ready();
}

} // namespace crex::detail::robust
