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
// slot's control word.

namespace crex::detail::robust {

// Makes a message of a free slot or a loan whose payload is written. The hand-off ring must have
// room. A death before the commit leaves the message unsent.
void make_ready(const SendersLocked& locked, const QueueMemory& memory, std::uint32_t number,
                std::size_t size, unsigned priority);

// Adds a message. Returns false if the senders' end has no free slot, or the hand-off ring no room.
bool put_into_index(const SendersLocked& locked, const QueueMemory& memory,
                    std::span<const std::byte> body, unsigned priority);

// Fetches the slots that receivers have freed, and drains the hand-off ring.
void fetch_and_drain(const BothLocked& locked, const QueueMemory& memory);

// Frees the slot of a message or a lease, and counts the message.
inline void retire_message(const ReceiversLocked& locked, const QueueMemory& memory,
                           std::uint32_t number, std::atomic<std::uint64_t>& counter) {
    constexpr auto relaxed = std::memory_order_relaxed;
    FreeSlots{memory}.give_back(locked, number);
    counter.store(counter.load(relaxed) + 1, relaxed);
    memory.slot(number).become(Control{});
}

// Make a free slot a loan of this process, or a message a lease. A death before the commit changes
// nothing, one after it leaves a dead participant's slot.
SlotClaim claim_free_slot(const SendersLocked& locked, RobustQueueCore& core, std::uint32_t number,
                          std::size_t size);
SlotClaim claim_message(const ReceiversLocked& locked, RobustQueueCore& core, std::uint32_t number,
                        Content content);

} // namespace crex::detail::robust
