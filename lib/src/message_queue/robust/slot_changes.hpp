// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "message_queue/robust/core.hpp"

// What becomes of the slots of a queue that is an index. Each change is committed by one store of
// the slot's control word.

namespace crex::detail::robust {

// Makes a free slot, or a loan, a message, whose payload is written. The hand-off ring must have
// room. Before the commit, the message was not sent.
void make_ready(const SendersLocked& locked, const QueueMemory& memory, std::uint32_t number,
                std::size_t size, unsigned priority);

// Adds a message, if this end has a free slot and room in the hand-off ring.
bool put_into_index(const SendersLocked& locked, const QueueMemory& memory,
                    std::span<const std::byte> body, unsigned priority);

// Gets the returned free slots, and drains the hand-off ring.
void fetch_and_drain(const BothLocked& locked, const QueueMemory& memory);

// Frees the slot of a message or a lease, and counts the message.
void retire_message(const ReceiversLocked& locked, const QueueMemory& memory, std::uint32_t number,
                    std::atomic<std::uint64_t>& counter);

// Makes a free slot a loan, or a message a lease of this process. Under the lock of that end. A
// death before the commit changes nothing, one after it leaves a dead participant's slot.
SlotClaim claim_slot(RobustQueueCore& core, std::uint32_t number, SlotState state, std::size_t size,
                     std::uint32_t priority);

} // namespace crex::detail::robust
