// SPDX-License-Identifier: BSL-1.0
#include "robust/event_count.hpp"

#include <algorithm>

namespace crex::detail::robust {
namespace {

std::int64_t now() { return Deadline::Clock::now().time_since_epoch().count(); }

} // namespace

// Killed after the first step, a sender leaves a mark that says a wake-up is under way when none is.
// The next to wait, or to look again, takes it away.
void wake_one(EventCount& event) {
    if (event.in_flight.load(std::memory_order_relaxed) != 0 ||
        event.in_flight.exchange(1, std::memory_order_seq_cst) != 0) {
        return;
    }
    event.last_wake.store(now(), std::memory_order_relaxed);
    event.ticket.fetch_add(1, std::memory_order_seq_cst);
    futex_wake_one(event.ticket);
}

void wake_all(EventCount& event) {
    event.ticket.fetch_add(1, std::memory_order_seq_cst);
    futex_wake_all(event.ticket);
}

std::chrono::nanoseconds since_last_wake(const EventCount& event) {
    // Unsigned, since the memory may say anything.
    const auto last = static_cast<std::uint64_t>(event.last_wake.load(std::memory_order_relaxed));
    return std::chrono::nanoseconds{static_cast<std::uint64_t>(now()) - last};
}

Slept Waiting::sleep(std::uint32_t ticket, const Deadline& deadline) {
    const auto slept =
        futex_wait(event_.ticket, ticket,
                   std::min<std::chrono::nanoseconds>(recheck_period, deadline.left()));
    event_.in_flight.store(0, std::memory_order_seq_cst);
    return slept;
}

} // namespace crex::detail::robust
