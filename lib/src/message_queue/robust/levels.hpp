// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/queue_memory.hpp"

// How full a queue is. These functions read without a lock, so they return hints, except to a
// caller that has both locks.

namespace crex::detail::robust {

// While one of these bits is set, every waiting call has something to do.
inline constexpr std::uint32_t must_be_noticed = needs_recovery | broken | shut_down;

// Whether a receiver has something to do: take a message, or notice a status.
inline bool may_receive(const QueueMemory& memory) {
    const auto& body = memory.body();
    const std::uint32_t status = memory.status();
    if ((status & must_be_noticed) != 0) {
        return true;
    }
    if ((status & indexed) != 0) {
        return body.indexed_messages.load(std::memory_order_relaxed) != 0 ||
               !HandoffRing{memory}.is_empty();
    }
    const std::uint32_t head = body.head.load(std::memory_order_relaxed);
    return head >= memory.capacity() || !memory.slot(head).is(SlotState::free);
}

// Whether a sender has something to do: there is room, or a status to notice.
inline bool may_send(const QueueMemory& memory) {
    const std::uint32_t status = memory.status();
    if ((status & must_be_noticed) != 0) {
        return true;
    }
    if ((status & indexed) != 0) {
        return FreeSlots{memory}.count() != 0;
    }
    const std::uint32_t tail = memory.body().tail.load(std::memory_order_relaxed);
    return tail >= memory.capacity() || memory.slot(tail).is(SlotState::free);
}

std::size_t current_messages(const QueueMemory& memory);
std::uint32_t free_slots(const QueueMemory& memory);

// Whether there is enough room to be worth waking a sender: half of what would be free if all
// messages were taken.
bool is_roomy(const QueueMemory& memory);

} // namespace crex::detail::robust
