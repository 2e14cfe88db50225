// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>

#include <sched.h>

#include "platform/deadline.hpp"
#include "platform/signals.hpp"

namespace crex::detail::robust {

// Yields, so that another thread on this processor can do what this one waits for. When an
// unrelated program runs instead, sleeping is faster: a woken thread runs before such a program has
// had its time. So after a yield of more than 40 us, the next 256 waits do not yield.
//
// A signal handler that ran during a long yield would leave no trace. So signals are blocked until
// 64 waits in a row have shown that yields are short.
class Yielding {
public:
    // True when `is_ready` has become so. When a signal has come that ends waits, calls
    // `interrupted`, which may throw.
    template <class Ready, class Interrupted> bool look(Ready is_ready, Interrupted interrupted) {
        constexpr unsigned while_busy = 256;
        constexpr unsigned calm = 64;
        if (const unsigned left = to_skip_.load(std::memory_order_relaxed); left != 0) {
            to_skip_.store(left - 1, std::memory_order_relaxed);
            return is_ready();
        }
        const unsigned short_ones = short_ones_.load(std::memory_order_relaxed);
        WaitSignals signals;
        if (short_ones < calm) [[unlikely]] {
            signals.hold_back();
        }
        const Outcome outcome = yield(is_ready);
        if (outcome == Outcome::too_long) {
            to_skip_.store(while_busy, std::memory_order_relaxed);
            short_ones_.store(0, std::memory_order_relaxed);
        } else if (short_ones < calm) {
            short_ones_.store(short_ones + 1, std::memory_order_relaxed);
        }
        if (outcome != Outcome::ready && signals.have_ended_the_wait()) {
            interrupted();
        }
        return outcome == Outcome::ready || is_ready();
    }

private:
    enum class Outcome { ready, in_vain, too_long };

    template <class Ready> static Outcome yield(Ready& is_ready) {
        constexpr int times = 24;
        constexpr std::chrono::microseconds too_long{40};
        auto before = Deadline::Clock::now();
        for (int i = 0; i < times; ++i) {
            if (is_ready()) {
                return Outcome::ready;
            }
            sched_yield();
            const auto now = Deadline::Clock::now();
            if (now - before > too_long) {
                return Outcome::too_long;
            }
            before = now;
        }
        return Outcome::in_vain;
    }

    std::atomic<unsigned> to_skip_{0};
    std::atomic<unsigned> short_ones_{0}; // waits in a row
};

} // namespace crex::detail::robust
