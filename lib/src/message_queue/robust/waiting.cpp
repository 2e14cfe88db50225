// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>
#include <thread>

#include "message_queue/robust/robust_queue.hpp"
#include "platform/cancellation.hpp"

// How a call waits until there is something to do, and who wakes whom.

namespace crex::detail {

using namespace robust;
using namespace std::chrono_literals;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto wake_at_least_every = 100us;

} // namespace

bool RobustQueue::wait(const Call& call, const WaitOptions& wait_options, EventCount& event,
                       WaitingReceivers::Mark& mark) {
    // Room in an index is counted where receivers are at work: the less often somebody looks, the
    // faster they are, and the more room there is at once.
    const bool disturbs = &event == &memory_.body().not_full && (memory_.status() & indexed) != 0;
    return eagerness_.look(
               wait_options.deadline, [&] { return is_ready(event); },
               [&] { throw_errno(call, EINTR); }, disturbs ? 16 : 1) ||
           sleep(call, wait_options, event, mark);
}

bool RobustQueue::sleep(const Call& call, const WaitOptions& wait_options, EventCount& event,
                        WaitingReceivers::Mark& mark) {
    auto& body = memory_.body();
    EventCount& other = &event == &body.not_full ? body.not_empty : body.not_full;
    std::atomic<bool> saw_death{false};
    const auto look = [&] {
        const Finding found = death_watch_.watch();
        if (found == Finding::reason) {
            saw_death = true;
        }
        if (saw_death || is_ready(event) || link_watch_.sees_name_gone()) {
            return Finding::reason;
        }
        // Whoever makes little room soon after the last wake-up sends none: wake_after_taking().
        return &event == &body.not_full ? Finding::at_stake : found;
    };
    const WatchingTime watching{death_watch_};
    Waiting waiting{event, self_.monitor(), wait_options.deadline, Question{look},
                    death_watch_.calls()};
    for (;;) {
        if (closing_) {
            throw_closed_meanwhile(call);
        }
        if (is_ready(event)) {
            return true;
        }
        if (wait_options.deadline.passed()) {
            return false;
        }
        link_watch_.check(call);
        if (has_waiters(other) && is_ready(other)) {
            wake_one(other); // before everybody sleeps
        }
        if (&event == &body.not_empty && (memory_.status() & pollable) != 0) {
            mark.set();
        }
        if (waiting.sleep() == Slept::interrupted) {
            if (is_ready(event)) {
                wake_one(event); // instead of this one, which may have been woken for it
            }
            throw_errno(call, EINTR);
        }
        if (is_ready(event)) { // without the price of announcing anything
            return true;
        }
        if (saw_death.exchange(false) && death_watch_.is_death_left()) {
            reap_dead_participants(call, wait_options);
        }
        waiting.announce();
    }
}

// Those who died with a lock in their hands are noticed by whoever wants it. Those who died with a
// loan or a lease are not, but for this, and for those who wait.
bool RobustQueue::recheck_after_try() noexcept {
    return death_watch_.sees_death_now_and_then() && reap_dead_now();
}

void RobustQueue::interrupt_waits() noexcept {
    const CancellationHeld held;
    closing_ = true;
    while (self_.joined() && self_.calls() != 0) {
        wake_all(memory_.body().not_empty);
        wake_all(memory_.body().not_full);
        std::this_thread::sleep_for(100us);
    }
    closing_ = false; // loans and leases go on
}

// Looked at without a lock, by whoever waits: a hint.

bool RobustQueue::has_message() const {
    const auto& body = memory_.body();
    const std::uint32_t status = memory_.status();
    if ((status & (needs_recovery | broken | robust::shut_down)) != 0) {
        return true; // something to be said, or done
    }
    if ((status & indexed) != 0) {
        return body.waiting.load(relaxed) != 0 || !HandoffRing{memory_}.is_empty();
    }
    const std::uint32_t head = body.head.load(relaxed);
    return head >= memory_.capacity() || !memory_.slot(head).is(SlotState::free);
}

bool RobustQueue::has_room() const {
    const auto& body = memory_.body();
    const std::uint32_t status = memory_.status();
    if ((status & (needs_recovery | broken | robust::shut_down)) != 0) {
        return true;
    }
    if ((status & indexed) != 0) {
        return FreeSlots{memory_}.count() != 0;
    }
    const std::uint32_t tail = body.tail.load(relaxed);
    return tail >= memory_.capacity() || memory_.slot(tail).is(SlotState::free);
}

std::size_t RobustQueue::current_messages() const {
    // Those on their way and those that have arrived, of which none counts twice unless they never
    // stop moving.
    constexpr int tries = 8;
    const auto& body = memory_.body();
    std::uint64_t count = 0;
    std::uint64_t head = body.head_sequence.load(std::memory_order_acquire);
    for (int i = 0; i < tries; ++i) {
        const std::uint64_t arrived = body.waiting.load(std::memory_order_acquire);
        count = body.next_sequence.load(relaxed) - head + arrived;
        const std::uint64_t now = body.head_sequence.load(std::memory_order_acquire);
        if (now == head) {
            break;
        }
        head = now;
    }
    return static_cast<std::size_t>(std::min<std::uint64_t>(count, memory_.capacity()));
}

std::uint32_t RobustQueue::free_slots() const {
    return (memory_.status() & indexed) != 0
               ? FreeSlots{memory_}.count()
               : memory_.capacity() - static_cast<std::uint32_t>(current_messages());
}

// Whether there is so much room that it is worth while to wake a sender for it: half of what could
// be free if all waiting messages were taken.
bool RobustQueue::is_roomy() const {
    const std::uint32_t room = free_slots();
    const auto waiting = static_cast<std::uint32_t>(current_messages());
    return room != 0 && room >= (room + waiting) / 2;
}

void RobustQueue::wake_after_adding() {
    auto& body = memory_.body();
    if (has_waiters(body.not_empty)) [[unlikely]] {
        wake_one(body.not_empty);
        death_watch_.call_watcher();
    }
    if (has_waiters(body.not_full) && is_roomy()) [[unlikely]] {
        wake_one(body.not_full); // this sender was woken, and there is room for another
    }
}

void RobustQueue::wake_after_taking() {
    auto& body = memory_.body();
    if (has_waiters(body.not_full) &&
        (is_roomy() || since_last_wake(body.not_full) >= wake_at_least_every)) [[unlikely]] {
        wake_one(body.not_full);
    }
    if (has_waiters(body.not_empty) && has_message()) [[unlikely]] {
        wake_one(body.not_empty); // likewise
    }
}

} // namespace crex::detail
