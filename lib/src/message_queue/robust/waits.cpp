// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/waits.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr auto wake_at_least_every = 100us;

std::uint64_t sent_and_received(const QueueBody& body) {
    return body.next_sequence.load(std::memory_order_relaxed) +
           body.received.load(std::memory_order_relaxed);
}

} // namespace

bool Waits::wait(const Call& call, const WaitOptions& wait_options, EventCount& event,
                 WaitingReceivers::Mark& mark) {
    // Room in an index is counted in memory that receivers write to. The less often a sender reads
    // it, the faster the receivers are, and the more room there is at once.
    const bool disturbs = &event == &memory_.body().not_full && (memory_.status() & indexed) != 0;
    const unsigned pauses = disturbs ? 16 : 1;
    return spin_.look(
               wait_options.deadline, looks_ / pauses, [&] { return is_ready(event); },
               [&](unsigned look) { return look == 0 ? pauses - 1 : pauses; },
               [&] { return sent_and_received(memory_.body()); },
               [&] { throw_errno(call, EINTR); }) ||
           sleep(call, wait_options, event, mark);
}

bool Waits::sleep(const Call& call, const WaitOptions& wait_options, EventCount& event,
                  WaitingReceivers::Mark& mark) {
    auto& body = memory_.body();
    EventCount& other = &event == &body.not_full ? body.not_empty : body.not_full;
    std::atomic<bool> saw_death{false};
    const auto check = [&] {
        const Finding found = death_watch_.watch();
        if (found == Finding::reason) {
            saw_death = true;
        }
        if (saw_death || is_ready(event) || link_watch_.sees_name_gone()) {
            return Finding::reason;
        }
        // A receiver that makes little room soon after the last wake-up sends none, see
        // wake_after_taking().
        return &event == &body.not_full ? Finding::at_stake : found;
    };
    const WatchingTime watching{death_watch_};
    Waiting waiting{event, self_.monitor(), wait_options.deadline, Question{check},
                    death_watch_.alerts()};
    for (;;) {
        if (gate_.is_closing()) {
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
            wake_one(other); // before all threads sleep
        }
        if (&event == &body.not_empty && (memory_.status() & pollable) != 0) {
            mark.set();
        }
        if (waiting.sleep() == Slept::interrupted) {
            if (is_ready(event)) {
                wake_one(event); // instead of this thread, which may have been woken for it
            }
            throw_errno(call, EINTR);
        }
        if (is_ready(event)) { // without the price of announcing anything
            return true;
        }
        if (saw_death.exchange(false) && death_watch_.is_death_left()) {
            maintenance_.reap(call, wait_options);
        }
        waiting.announce();
    }
}

// A participant that died with a lock is noticed by the next that needs the lock. If no recovery
// happens for another reason, one that died with a loan or a lease is noticed only here, by threads
// that wait, and by a participant that joins.
bool Waits::recheck_after_try() noexcept {
    return death_watch_.sees_death_now_and_then() && maintenance_.try_reap();
}

void Waits::wake_after_adding() {
    auto& body = memory_.body();
    if (has_waiters(body.not_empty)) [[unlikely]] {
        wake_one(body.not_empty);
        death_watch_.alert_watcher();
    }
    if (has_waiters(body.not_full) && is_roomy(memory_)) [[unlikely]] {
        wake_one(body.not_full); // this sender was woken, and there is room for another
    }
}

void Waits::wake_after_taking() {
    auto& body = memory_.body();
    if (has_waiters(body.not_full) &&
        (is_roomy(memory_) || since_last_wake(body.not_full) >= wake_at_least_every)) [[unlikely]] {
        wake_one(body.not_full);
    }
    if (has_waiters(body.not_empty) && may_receive(memory_)) [[unlikely]] {
        wake_one(body.not_empty); // this receiver was woken, and there is a message for another
    }
}

} // namespace crex::detail::robust
