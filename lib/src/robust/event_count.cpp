// SPDX-License-Identifier: BSL-1.0
#include "robust/event_count.hpp"

#include "platform/fence.hpp"
#include "robust/lock_guard.hpp"

namespace crex::detail::robust {
// A waker that is killed after the first step leaves threads asleep and the flag lowered. The
// first of them that is checked raises it.
bool wake_one(EventCount& event) {
    if (event.sleepers.exchange(0) == 0) {
        return false;
    }
    event.last_wake.store(monotonic_now(), std::memory_order_relaxed);
    event.ticket.fetch_add(1);
    return futex_wake_one(event.ticket);
}

void wake_all(EventCount& event) {
    event.ticket.fetch_add(1);
    futex_wake_all(event.ticket);
}

std::chrono::nanoseconds since_last_wake(const EventCount& event) {
    // Unsigned, since the memory may contain any value.
    const auto last = static_cast<std::uint64_t>(event.last_wake.load(std::memory_order_relaxed));
    return std::chrono::nanoseconds{static_cast<std::uint64_t>(monotonic_now()) - last};
}

// A signal handler that called crex while this thread is inside the monitor would wait for its own
// thread.
Waiting::Waiting(EventCount& event, MonitorUse& monitor, const Deadline& deadline,
                 Question has_reason, std::atomic<std::uint32_t>* alerts)
    : event_{event}, deadline_{deadline}, has_reason_{has_reason} {
    announce();
    const InsideLock inside;
    sleep_.emplace(monitor, deadline, Question{*this}, alerts);
}

Waiting::~Waiting() {
    const InsideLock inside;
    sleep_.reset();
    event_.sleepers.store(1, std::memory_order_relaxed); // there may be others
}

void Waiting::announce() {
    ticket_ = event_.ticket.load(); // first: every wake-up from here on changes it
    event_.sleepers.store(1);
    sure_ = heavy_fence();
}

Slept Waiting::sleep() {
    constexpr std::chrono::milliseconds soon{1};
    return sleep_->sleep(event_.ticket, ticket_, deadline_.moment(),
                         sure_ ? std::chrono::nanoseconds::max() : soon);
}

} // namespace crex::detail::robust
