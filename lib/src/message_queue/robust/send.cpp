// SPDX-License-Identifier: BSL-1.0
#include <cstring>

#include "message_queue/robust/claims.hpp"
#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/robust_queue.hpp"
#include "message_queue/robust/slot_changes.hpp"
#include "message_queue/robust/transfer.hpp"

namespace crex::detail {

using namespace robust;

namespace {

// Whether one more message may be copied under a lock.
bool continues(Messages left, std::size_t copied) {
    return !left.empty() && copied + left.front().size() <= copied_under_lock;
}

// Adds the first messages that fit, and takes them off the front. A lane that has the wrong order
// for a message becomes an index.
void fill_lane(Attempts& attempts, Messages& left, unsigned priority) {
    const QueueMemory& memory = attempts.core().memory;
    const std::size_t before = left.size();
    Added added = Added::yes;
    {
        const SendersGuard locked{attempts, Change::a_message};
        if (!locked) {
            return;
        }
        for (std::size_t copied = 0; continues(left, copied); left = left.subspan(1)) {
            added = add_to_lane(locked, memory, left.front(), priority);
            if (added != Added::yes) {
                break;
            }
            copied += left.front().size();
        }
    }
    if (left.size() == before && added == Added::full) {
        attempts.found_nothing();
    } else if (left.size() == before) {
        attempts.core().maintenance.switch_to_index(attempts.wait_options());
    }
}

// Adds the first messages that fit, and takes them off the front. An empty index whose last
// messages would have suited a lane becomes a lane.
void fill_index(Attempts& attempts, Messages& left, unsigned priority) {
    RobustQueueCore& core = attempts.core();
    if (is_worth_a_lane(core.memory) && free_slots(core.memory) == core.memory.capacity()) {
        core.maintenance.switch_to_lane(attempts.wait_options());
        return;
    }
    SendersGuard locked{attempts, Change::a_message};
    if (!locked) {
        return;
    }
    const std::size_t before = left.size();
    for (std::size_t copied = 0; continues(left, copied); left = left.subspan(1)) {
        if (!put_into_index(locked, core.memory, left.front(), priority)) {
            break;
        }
        copied += left.front().size();
    }
    if (left.size() != before) {
        return;
    }
    // This end has no free slot, or no room in the hand-off ring.
    const FreeSlots free{core.memory};
    if (free.is_empty(locked) && !free.can_refill()) {
        attempts.found_nothing();
    } else if (const BothLocked* both = locked.with_receivers()) {
        refill_and_drain(*both, core.memory);
    }
}

// Sends some of the messages, at least one, and takes them off the front. False when the deadline
// passed first.
bool send_some(RobustQueueCore& core, const Call& call, Messages& left, unsigned priority,
               const Deadline& deadline) {
    const std::size_t before = left.size();
    const WaitOptions wait_options = core.waiting_until(deadline);
    Attempts attempts{core, call, wait_options, &core.memory.body().not_full};
    while (left.size() == before && attempts.next()) {
        try {
            attempts.refuse_if_shut_down();
            attempts.is_indexed() ? fill_index(attempts, left, priority)
                                  : fill_lane(attempts, left, priority);
        } catch (...) {
            attempts.failed();
        }
    }
    if (left.size() == before) {
        return false;
    }
    core.waits.message_added();
    return attempts.done();
}

bool send_large(RobustQueueCore& core, const Call& call, std::span<const std::byte> message,
                unsigned priority, const Deadline& deadline) {
    const auto room = loan(core, call, message.size(), deadline);
    if (!room) {
        return false;
    }
    std::memcpy(room->bytes.data(), message.data(), message.size());
    return end_or_lay_aside(core, *room, [&] {
        return commit(core, call, *room, message.size(), priority, core.waiting_until(deadline));
    });
}

} // namespace

// The usual case without detours: the queue is whole and has room at hand, and the senders' lock is
// free. In any other case it returns false and has sent nothing. The status is read first, so that
// the lock is not touched in vain.
bool RobustQueue::send_at_once(std::span<const std::byte> message, unsigned priority) try {
    const QueueMemory& memory = core_.memory;
    const std::uint32_t status = memory.status();
    if (message.size() > copied_under_lock || (status & ~indexed) != 0 || !core_.has_joined()) {
        return false;
    }
    {
        const OneLockGuard<SendersLocked> locked{core_, status};
        if (!locked || !(status == 0 ? add_to_lane(locked, memory, message, priority) == Added::yes
                                     : !is_worth_a_lane(memory) &&
                                           put_into_index(locked, memory, message, priority))) {
            return false;
        }
    }
    core_.waits.message_added();
    return true;
} catch (const Damage&) {
    return false;
}

bool RobustQueue::send(const Call& call, std::span<const std::byte> message, unsigned priority,
                       const Deadline& deadline) {
    core_.ensure_joined(call);
    return RobustQueue::send_many(call, {&message, 1}, priority, deadline) == 1;
}

std::size_t RobustQueue::send_many(const Call& call,
                                   std::span<const std::span<const std::byte>> messages,
                                   unsigned priority, const Deadline& deadline) {
    Messages left = messages;
    try {
        while (!left.empty()) {
            if (left.front().size() <= copied_under_lock) {
                if (!send_some(core_, call, left, priority, deadline)) {
                    break;
                }
            } else if (send_large(core_, call, left.front(), priority, deadline)) {
                left = left.subspan(1);
            } else {
                break;
            }
        }
    } catch (...) {
        if (left.size() == messages.size()) {
            throw;
        }
    }
    return messages.size() - left.size();
}

} // namespace crex::detail
