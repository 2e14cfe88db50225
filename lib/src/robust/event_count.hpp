// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "platform/deadline.hpp"
#include "platform/futex.hpp"
#include "platform/sleep_monitor.hpp"

// Waiting for a condition, and waking the threads that wait.
//
// Progress does not depend on wake-ups: every 50 to 250 ms the monitor checks whether a waiting
// thread has a reason to wake up (platform/sleep_monitor.hpp). A wake-up that is lost with its
// sender, or that reaches a process which dies, costs that time. Only speed depends on them.
//
// A thread that is about to sleep raises `sleepers`. The sender of a wake-up lowers it and wakes
// one thread, which raises it again, since there may be more. So at most one wake-up is under way
// at a time, and a burst of sends is one system call. A woken thread that sees more to do wakes the
// next. A process that dies leaves at worst a wrong flag: the next wake-up lowers one that is
// raised, and the next check raises one that is not.

namespace crex::detail::robust {

struct EventCount {
    std::atomic<std::uint32_t> ticket;   // what waiters sleep on; a wake-up changes it
    std::atomic<std::uint32_t> sleepers; // a flag: 1 when a thread may be asleep
    std::atomic<std::int64_t> last_wake; // CLOCK_MONOTONIC, ns
};

static_assert(sizeof(EventCount) == 16 && offsetof(EventCount, last_wake) == 8);

// Requires a light fence before it: what a waiter will check must be stored before this reads.
inline bool has_waiters(const EventCount& event) {
    return event.sleepers.load(std::memory_order_relaxed) != 0;
}

// Wakes one thread. True when a thread was asleep.
bool wake_one(EventCount& event);

// Wakes all threads, whether or not any is known to sleep.
void wake_all(EventCount& event);

// How long ago the last wake-up was sent.
std::chrono::nanoseconds since_last_wake(const EventCount& event);

// The wait of one thread, until the end of the scope.
class Waiting {
public:
    // `has_reason` and `alerts` as for MonitoredSleep.
    Waiting(EventCount& event, MonitorUse& monitor, const Deadline& deadline, Question has_reason,
            std::atomic<std::uint32_t>* alerts = nullptr);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    // Says that a thread is going to sleep. The caller must call it before each check whether there
    // is anything to sleep for; the constructor has made the first call.
    void announce();

    // Sleeps until a wake-up later than the announcement, until there is a reason, or until the
    // deadline.
    Slept sleep();

    // Whether to wake up. Also when the flag is not raised: the sender or the receiver of a wake-up
    // may have died before it was raised again.
    Finding operator()() const noexcept {
        return event_.sleepers.load(std::memory_order_relaxed) == 0 ? Finding::reason
                                                                    : has_reason_.answer();
    }

private:
    EventCount& event_;
    const Deadline& deadline_;
    Question has_reason_;
    std::optional<MonitoredSleep> sleep_;
    std::uint32_t ticket_ = 0;
    bool sure_ = true; // that every waker sees the announcement
};

} // namespace crex::detail::robust
