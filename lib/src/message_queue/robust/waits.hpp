// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

#include <crex/message_queue.hpp>

#include "message_queue/robust/levels.hpp"
#include "message_queue/robust/maintenance.hpp"
#include "message_queue/waiting_receivers.hpp"
#include "robust/adaptive_spin.hpp"
#include "robust/call_gate.hpp"
#include "robust/death_watch.hpp"
#include "robust/event_count.hpp"
#include "robust/link_watch.hpp"

namespace crex::detail::robust {

// How the calls of a handle wait until there is something to do, and wake other threads.
class Waits {
public:
    Waits(const Segment& segment, const std::string& name, const MessageQueueOptions& options,
          const QueueMemory& memory, Participant& self, Maintenance& maintenance,
          const CallGate& gate)
        : memory_{memory}, self_{self}, maintenance_{maintenance}, gate_{gate},
          looks_{options.spin}, link_watch_{segment, queue_kind, name, options.while_linked},
          death_watch_{self, {&memory.body().senders, &memory.body().receivers}},
          receivers_{segment.fd()} {}

    // Waits until there is a message, or room, whichever the event announces; `mark` shows other
    // processes that a receiver waits. False when the deadline passed first.
    bool wait(const Call& call, const WaitOptions& wait_options, EventCount& event,
              WaitingReceivers::Mark& mark);

    // For a call that does not wait: whether there may be something now, after a dead participant.
    bool recheck_after_try() noexcept;

    // Both must be called after the guard's end: has_waiters() needs the light fence of unlock().
    void message_added() {
        if (is_anything_awaited()) [[unlikely]] {
            wake_after_adding();
        }
    }
    void message_taken() {
        if (is_anything_awaited()) [[unlikely]] {
            wake_after_taking();
        }
    }

    // Must be called once this handle holds a slot: from then on, only a check notices the death of
    // its process.
    void slot_claimed() noexcept { death_watch_.alert_watcher(); }

    [[nodiscard]] WaitingReceivers& receivers() noexcept { return receivers_; }

private:
    [[nodiscard]] bool is_ready(const EventCount& event) const {
        return &event == &memory_.body().not_full ? may_send(memory_) : may_receive(memory_);
    }
    [[nodiscard]] bool is_anything_awaited() const {
        return has_waiters(memory_.body().not_empty) || has_waiters(memory_.body().not_full);
    }
    bool sleep(const Call& call, const WaitOptions& wait_options, EventCount& event,
               WaitingReceivers::Mark& mark);
    void wake_after_adding();
    void wake_after_taking();

    const QueueMemory& memory_;
    Participant& self_;
    Maintenance& maintenance_;
    const CallGate& gate_;
    unsigned looks_;
    AdaptiveSpin spin_;
    LinkWatch link_watch_;
    DeathWatch death_watch_;
    WaitingReceivers receivers_;
};

} // namespace crex::detail::robust
