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
// waker, or that reaches a process which dies, only costs that time. So wake-ups are needed for
// speed only.
//
// A thread raises `sleepers` before it sleeps, and when its wait ends, since more threads may be
// asleep. A waker lowers it and wakes one thread. So a burst of sends costs at most one wake-up
// each time that a thread raises the flag, not one per message. A woken thread that sees more to do
// wakes the next. A process that dies leaves at worst a wrong flag: a flag wrongly raised is
// lowered by the next wake-up; one wrongly lowered is raised after the next check.

namespace crex::detail::robust {

struct EventCount {
    std::atomic<std::uint32_t> ticket;   // what waiters sleep on; a wake-up changes it
    std::atomic<std::uint32_t> sleepers; // a flag: 1 when a thread may be asleep
    std::atomic<std::int64_t> last_wake; // CLOCK_MONOTONIC, ns
};

static_assert(sizeof(EventCount) == 16 && offsetof(EventCount, sleepers) == 4 &&
              offsetof(EventCount, last_wake) == 8);

// Call it only after a light fence: first store what the waiter checks, then fence, then call this.
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

    // Says that a thread is going to sleep. The caller must call it before each check of the
    // condition it waits for; the constructor has made the first call.
    void announce();

    // Sleeps until a wake-up later than the announcement, until there is a reason, or until the
    // deadline.
    Slept sleep();

    // Whether to wake up. A lowered flag is a reason, too: the waker or the woken thread may have
    // died before it was raised again.
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
