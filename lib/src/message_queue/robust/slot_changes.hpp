// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "message_queue/robust/core.hpp"
#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/lane.hpp"

// Changes of the slots of a queue that is an index. Each change is committed by one store of the
// slot's control word; a claim by one compare-and-swap.

namespace crex::detail::robust {

// Makes a message of a free slot or a loan whose payload is written. The hand-off ring must have
// room. A death before the commit leaves the message unsent.
void make_ready(const SendersLocked& locked, const QueueMemory& memory, std::uint32_t number,
                std::size_t size, unsigned priority);

// Adds a message. Returns false if the senders' end has no free slot, or the hand-off ring no room.
bool put_into_index(const SendersLocked& locked, const QueueMemory& memory,
                    std::span<const std::byte> message, unsigned priority);

// Refills the senders' list of free slots, and drains the hand-off ring.
void refill_and_drain(const BothLocked& locked, const QueueMemory& memory);

// Frees the slot of a message or a lease, and counts the message.
inline void retire_message(const ReceiversLocked& locked, const QueueMemory& memory,
                           std::uint32_t number, std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(relaxed) + 1, relaxed);
    FreeSlots{memory}.free(locked, number);
}

// Makes the slot a loan or a lease of this process.
inline SlotClaim claim_slot(RobustQueueCore& core, std::uint32_t number, SlotState state,
                            std::size_t size, std::uint32_t priority) {
    auto& body = core.memory.body();
    auto& claims = state == SlotState::writing ? body.loans : body.leases;
    Slot& slot = core.memory.slot(number);
    const std::uint32_t tag = claims.load(std::memory_order_relaxed) + 1;
    claims.store(tag, std::memory_order_relaxed);
    const Control from = slot.load();
    const Control ours{state, core.self.me(), from.attempts(), tag};
    core.self.holds_one_more();
    if (!slot.change(from, ours)) {
        core.self.holds_one_less();
        core.memory.damaged();
    }
    core.waits.slot_claimed();
    return {{slot.payload(), size}, number, ours.bits(), priority, from.attempts()};
}

// Make a free slot a loan of this process, or a message a lease. A death before the commit changes
// nothing, one after it leaves a dead participant's slot.
inline SlotClaim claim_free_slot(const SendersLocked& /*locked*/, RobustQueueCore& core,
                                 std::uint32_t number, std::size_t size) {
    return claim_slot(core, number, SlotState::writing, size, 0);
}
inline SlotClaim claim_message(const ReceiversLocked& /*locked*/, RobustQueueCore& core,
                               std::uint32_t number, Content content) {
    return claim_slot(core, number, SlotState::leased, content.size, content.priority);
}

} // namespace crex::detail::robust
