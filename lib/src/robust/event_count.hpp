// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "platform/deadline.hpp"
#include "platform/futex.hpp"

// Waiting for something to become so, and waking those who wait.
//
// Nothing here has to be right for anything to go on: whoever waits looks again at least every
// 50 ms. The counts are hints, which the dead leave too high, and a wake-up lost with its sender, or
// given to somebody who dies, costs that look. It has to be right only for things to go on fast.
//
// At most one wake-up is under way at a time: the next is sent only when somebody has woken up (and
// then, if there is more to do, by that one). So a burst of sends is one system call, not a burst.

namespace crex::detail::robust {

struct EventCount {
    std::atomic<std::uint32_t> ticket;    // what waiters sleep on; a wake-up changes it
    std::atomic<std::uint32_t> waiters;
    std::atomic<std::uint32_t> in_flight; // 1 from a wake-up until somebody has woken up
    std::atomic<std::uint32_t> reserved;
    std::atomic<std::int64_t> last_wake;  // CLOCK_MONOTONIC, ns
};

inline constexpr std::chrono::milliseconds recheck_period{50};

inline bool has_waiters(const EventCount& event) {
    return event.waiters.load(std::memory_order_seq_cst) != 0;
}

// After a full fence, since what the waiter will look at must be there before this looks at it.
void wake_one(EventCount& event);

// However many wake-ups are under way.
void wake_all(EventCount& event);

// How long ago the last wake-up was sent.
std::chrono::nanoseconds since_last_wake(const EventCount& event);

// Somebody who waits, from here to the end of the scope.
class Waiting {
public:
    explicit Waiting(EventCount& event) : event_{event} {
        event_.waiters.fetch_add(1, std::memory_order_seq_cst);
        event_.in_flight.store(0, std::memory_order_seq_cst);
    }
    ~Waiting() {
        // Never below zero, whatever the bytes were.
        std::uint32_t count = event_.waiters.load(std::memory_order_relaxed);
        while (count != 0 && !event_.waiters.compare_exchange_weak(count, count - 1)) {
        }
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    // To be taken before looking whether there is anything to wait for.
    [[nodiscard]] std::uint32_t ticket() const {
        return event_.ticket.load(std::memory_order_seq_cst);
    }

    // Sleeps until a wake-up later than the ticket, a re-check period at most.
    Slept sleep(std::uint32_t ticket, const Deadline& deadline);

private:
    EventCount& event_;
};

} // namespace crex::detail::robust
