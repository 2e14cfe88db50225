// SPDX-License-Identifier: BSL-1.0
#include <cstring>
#include <utility>

#include "message_queue/robust/claims.hpp"
#include "message_queue/robust/dead_letters.hpp"
#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "message_queue/robust/robust_queue.hpp"
#include "message_queue/robust/slot_changes.hpp"
#include "message_queue/robust/transfer.hpp"

namespace crex::detail {

using namespace robust;

namespace {

// What a call has received, and where the next message goes.
struct ReceiveBatch {
    std::span<std::byte> buffer;
    std::span<ReceivedMessage> received;
    std::size_t count = 0;
    std::size_t copied = 0;              // bytes, under this lock
    std::optional<SlotClaim> lease = {}; // of a message that is not to be copied under the lock

    [[nodiscard]] bool continues() const {
        return !received.empty() && !lease && copied <= copied_under_lock;
    }

    // False when there is no room for it.
    bool put(const std::byte* payload, Content content) {
        if (content.size > buffer.size()) {
            return false;
        }
        std::memcpy(buffer.data(), payload, content.size);
        received.front() = {content.size, content.priority};
        received = received.subspan(1);
        buffer = buffer.subspan(content.size);
        copied += content.size;
        ++count;
        return true;
    }
};

// Both take the next message if there is one, and if `copy` takes its bytes.
template <class Copy>
bool take_from_lane(const ReceiversLocked& locked, const QueueMemory& memory, const Copy& copy) {
    Slot* const slot = first_in_lane(locked, memory);
    if (slot == nullptr || !copy(slot->payload(), content_of(memory, *slot))) {
        return false;
    }
    drop_first_in_lane(locked, memory, *slot);
    return true;
}

bool may_be_copied(const RobustQueueCore& core, const Slot& slot, Content content) {
    return content.size <= copied_under_lock && !is_poison(core, slot.load());
}

template <class Copy>
bool take_from_index(const ReceiversLocked& locked, const RobustQueueCore& core, const Copy& copy) {
    const QueueMemory& memory = core.memory;
    PriorityIndex index{locked, memory};
    const auto front = index.next();
    if (!front) {
        return false;
    }
    Slot& slot = memory.slot(front.slot);
    const Content content = content_of(memory, slot);
    if (!may_be_copied(core, slot, content) || !copy(slot.payload(), content)) {
        index.keep(front);
        return false;
    }
    index.pop(front);
    retire_message(locked, memory, front.slot, memory.body().received);
    return true;
}

// Leases the next message, if it is not to be copied under the lock.
bool lease_next_in_index(const ReceiversLocked& locked, RobustQueueCore& core,
                         ReceiveBatch& batch) {
    PriorityIndex index{locked, core.memory};
    const auto front = index.front();
    if (!front) {
        return false;
    }
    const Slot& slot = core.memory.slot(front.slot);
    const Content content = content_of(core.memory, slot);
    if (may_be_copied(core, slot, content)) {
        return false;
    }
    index.pop(front);
    batch.lease = claim_message(locked, core, front.slot, content);
    return true;
}

// Takes the next message; one that is not to be copied under the lock ends a batch, or is leased if
// it is the first. False when there is none, or no room for it.
bool take_next(const ReceiversLocked& locked, RobustQueueCore& core, bool is_indexed,
               ReceiveBatch& batch) {
    const auto copy = [&](const std::byte* payload, Content content) {
        return batch.put(payload, content);
    };
    return is_indexed ? take_from_index(locked, core, copy) ||
                            (batch.count == 0 && lease_next_in_index(locked, core, batch))
                      : take_from_lane(locked, core.memory, copy);
}

// Takes what is there and fits. False when the deadline passed before there was a message.
bool receive_some(RobustQueueCore& core, const Call& call, ReceiveBatch& batch,
                  const WaitOptions& wait_options) {
    const std::size_t before = batch.count;
    const auto has_any = [&] {
        return batch.count != before || batch.lease || batch.received.empty();
    };
    Attempts attempts{core, call, wait_options, &core.memory.body().not_empty};
    while (!has_any() && attempts.next()) {
        try {
            const ReceiversGuard locked{attempts, Change::room};
            if (!locked) {
                continue;
            }
            batch.copied = 0;
            while (batch.continues() && take_next(locked, core, attempts.is_indexed(), batch)) {
            }
            if (!has_any()) {
                attempts.found_nothing();
            }
        } catch (...) {
            attempts.failed();
        }
    }
    return has_any() && attempts.done();
}

// Ends the lease on a message that is too large to be copied under the lock, or that was delivered
// too often.
void finish(RobustQueueCore& core, const Call& call, ReceiveBatch& batch,
            const WaitOptions& wait_options) {
    const SlotClaim lease = *std::exchange(batch.lease, std::nullopt);
    if (is_poison(core, Control{lease.control}) &&
        moved_to_dead_letters(core, call, lease, wait_options)) {
        return;
    }
    (void)batch.put(lease.bytes.data(),
                    {static_cast<std::uint32_t>(lease.bytes.size()), lease.priority});
    end_or_lay_aside(core, lease, [&] {
        return end_lease(core, call, lease, LeaseEnd::received, wait_options);
    });
}

} // namespace

// The usual case without detours, as in send_at_once(): the queue is whole and has a message.
bool RobustQueue::receive_at_once(std::span<std::byte> buffer, ReceivedMessage& received) try {
    const QueueMemory& memory = core_.memory;
    const std::uint32_t status = memory.status();
    if ((status & ~indexed) != 0 || !core_.has_joined()) {
        return false;
    }
    {
        const OneLockGuard<ReceiversLocked> locked{core_, status};
        const auto copy = [&](const std::byte* payload, Content content) {
            std::memcpy(buffer.data(), payload, content.size);
            received = {content.size, content.priority};
            return true;
        };
        if (!locked || !(status == 0 ? take_from_lane(locked, memory, copy)
                                     : take_from_index(locked, core_, copy))) {
            return false;
        }
    }
    core_.waits.message_taken();
    return true;
} catch (const Damage&) {
    return false;
}

std::optional<ReceivedMessage> RobustQueue::receive(const Call& call, std::span<std::byte> buffer,
                                                    const Deadline& deadline) {
    core_.ensure_joined(call);
    std::optional<ReceivedMessage> received{std::in_place};
    if (RobustQueue::receive_many(call, buffer, {&*received, 1}, deadline) != 1) {
        received.reset();
    }
    return received;
}

std::size_t RobustQueue::receive_many(const Call& call, std::span<std::byte> buffer,
                                      std::span<ReceivedMessage> received,
                                      const Deadline& deadline) {
    const Deadline at_once{do_not_wait};
    ReceiveBatch batch{buffer, received};
    TimeToMove time{deadline};
    try {
        while (!batch.received.empty() &&
               receive_some(core_, call, batch,
                            core_.waiting_until(batch.count == 0 ? deadline : at_once))) {
            if (batch.lease) {
                finish(core_, call, batch, core_.waiting_until(deadline));
            }
            core_.waits.message_taken();
            if (batch.count == 0 && !time.is_left()) {
                break;
            }
        }
    } catch (...) {
        if (batch.count == 0) {
            throw;
        }
    }
    return batch.count;
}

} // namespace crex::detail
