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
    bool may_lease = true;

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

// Takes the next message. False when there is none, or no room for it.
bool take_from_lane(const ReceiversLocked& locked, const QueueMemory& memory, ReceiveBatch& batch) {
    Slot* const slot = first_in_lane(locked, memory);
    if (slot == nullptr || !batch.put(slot->payload(), content_of(memory, *slot))) {
        return false;
    }
    drop_first_in_lane(locked, memory, *slot);
    return true;
}

// Takes the next message. False when there is none, or no room for it. A message that is not to be
// copied under the lock is leased, if it is the first.
bool take_from_index(const ReceiversLocked& locked, RobustQueueCore& core, ReceiveBatch& batch) {
    const QueueMemory& memory = core.memory;
    PriorityIndex index{locked, memory};
    index.drain();
    const auto front = index.front();
    if (!front) {
        return false;
    }
    Slot& slot = memory.slot(front.slot);
    const Content content = content_of(memory, slot);
    if (is_poison(core, slot.load()) || content.size > copied_under_lock) {
        const bool is_leased = batch.may_lease && batch.count == 0; // else a batch ends before it
        if (is_leased) {
            index.pop(front);
            batch.lease = claim_message(locked, core, front.slot, content);
        }
        return is_leased;
    }
    if (!batch.put(slot.payload(), content)) {
        return false;
    }
    index.pop(front);
    retire_message(locked, memory, front.slot, memory.body().received);
    return true;
}

bool copy_from_lane(const ReceiversLocked& locked, const QueueMemory& memory,
                    std::span<std::byte> buffer, ReceivedMessage& received) {
    Slot* const slot = first_in_lane(locked, memory);
    if (slot == nullptr) {
        return false;
    }
    const Content content = content_of(memory, *slot);
    std::memcpy(buffer.data(), slot->payload(), content.size);
    drop_first_in_lane(locked, memory, *slot);
    received = {content.size, content.priority};
    return true;
}

bool copy_from_index(const ReceiversLocked& locked, RobustQueueCore& core,
                     std::span<std::byte> buffer, ReceivedMessage& received) {
    ReceiveBatch batch{buffer, {&received, 1}};
    batch.may_lease = false;
    return take_from_index(locked, core, batch);
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
            while (batch.continues() &&
                   (attempts.is_indexed() ? take_from_index(locked, core, batch)
                                          : take_from_lane(locked, core.memory, batch))) {
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
        if (!locked || !(status == 0 ? copy_from_lane(locked, memory, buffer, received)
                                     : copy_from_index(locked, core_, buffer, received))) {
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
