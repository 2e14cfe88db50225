// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>

#include <sched.h>

#include "platform/deadline.hpp"

namespace crex::detail::robust {

// Lets whoever else is on this processor get on with what is waited for. When it is a stranger who
// gets on instead, a sleeper is back sooner: those are woken before others have had their time. So
// a yield that takes long is the last for some time.
class Yielding {
public:
    // True when `is_ready` has become so.
    template <class Ready> bool look(Ready is_ready) {
        constexpr int times = 24;
        constexpr std::chrono::microseconds too_long{40};
        constexpr unsigned while_busy = 256;
        if (const unsigned left = to_skip_.load(std::memory_order_relaxed); left != 0) {
            to_skip_.store(left - 1, std::memory_order_relaxed);
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
                to_skip_.store(while_busy, std::memory_order_relaxed);
                break;
            }
            before = now;
        }
        return is_ready();
    }

private:
    std::atomic<unsigned> to_skip_{0};
};

} // namespace crex::detail::robust
