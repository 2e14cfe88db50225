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

// Waiting for something to become so, and waking those who wait.
//
// Nothing here has to be right for anything to go on: every 50 to 250 ms it is asked again whether
// a waiting thread has something to wake up for (platform/sleep_monitor.hpp). A wake-up that is
// lost with its sender, or that reaches a process which dies, costs that time. It has to be right
// only for things to go on fast.
//
// `sleepers` is raised by everybody who is about to sleep and lowered by the one who sends a
// wake-up, which wakes one. The woken thread raises it again, since there may be more. So at most
// one wake-up is under way at a time, and a burst of sends is one system call, not a burst; who was
// woken, and sees that there is more to do, wakes the next. What the dead leave behind is at worst
// a raised flag, and goes with the next wake-up.

namespace crex::detail::robust {

struct EventCount {
    std::atomic<std::uint32_t> ticket; // what waiters sleep on; a wake-up changes it
    std::atomic<std::uint32_t> sleepers;
    std::atomic<std::int64_t> last_wake; // CLOCK_MONOTONIC, ns
};

static_assert(sizeof(EventCount) == 16 && offsetof(EventCount, last_wake) == 8);

// After a light fence, since what a waiter will look at must be there before this looks at it.
inline bool has_waiters(const EventCount& event) {
    return event.sleepers.load(std::memory_order_relaxed) != 0;
}

// True when a thread was asleep there.
bool wake_one(EventCount& event);

// Whether or not anybody is known to sleep.
void wake_all(EventCount& event);

// How long ago the last wake-up was sent.
std::chrono::nanoseconds since_last_wake(const EventCount& event);

// A thread that waits, until the end of the scope.
class Waiting {
public:
    // `has_reason` and `calls` as for MonitoredSleep: whether there is something to wake up for,
    // and what says that it is to be asked soon.
    Waiting(EventCount& event, MonitorUse& monitor, const Deadline& deadline, Question has_reason,
            std::atomic<std::uint32_t>* calls = nullptr);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    // Says that a thread is going to sleep. To be called before looking whether there is anything
    // to sleep for, each time.
    void announce();

    // Sleeps until a wake-up later than the announcement, until there is a reason, or until the
    // deadline.
    Slept sleep();

    // Whether to wake up. Also when nothing says any more that a thread sleeps: one that sent or
    // got a wake-up may have died before it said so again.
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
    bool sure_ = true; // that each thread that was looked for has seen the announcement
};

} // namespace crex::detail::robust
