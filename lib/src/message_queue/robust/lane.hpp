// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstring>
#include <optional>
#include <span>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"

// The lane: messages in consecutive slots (see queue_memory.hpp).
//
// At each end, the one store of the slot's state commits. After a death before that store, a slot
// that is half written is still free, and one that is half read is still ready. After a death
// between that store and the update of the end's own place, the lock names the dead participant,
// and the next holder recovers the queue from its slots.

namespace crex::detail::robust {

enum class Added { yes, full, must_be_indexed };

inline bool lane_is_empty(const SendersLocked&, const QueueMemory& memory, std::uint32_t tail) {
    // Messages are taken in order, so the last one is taken last.
    return memory.slot(memory.before(tail)).is(SlotState::free);
}

inline Added add_to_lane(const SendersLocked& locked, const QueueMemory& memory,
                         std::span<const std::byte> message, std::uint32_t priority) {
    auto& body = memory.body();
    const std::uint32_t tail = memory.checked(body.tail);
    Slot& slot = memory.slot(tail);
    const Control control = slot.load();
    if (control != Control{}) {
        memory.require(control.state() == SlotState::ready);
        return Added::full;
    }
    if (priority > body.last_priority.load(std::memory_order_relaxed) &&
        !lane_is_empty(locked, memory, tail)) {
        return Added::must_be_indexed;
    }
    memory.touch(tail);
    const std::uint64_t sequence = body.next_sequence.load(std::memory_order_relaxed);
    std::memcpy(slot.payload(), message.data(), message.size());
    slot.size.store(static_cast<std::uint32_t>(message.size()), std::memory_order_relaxed);
    slot.priority.store(priority, std::memory_order_relaxed);
    slot.sequence.store(sequence, std::memory_order_relaxed);
    slot.become(Control::ready());
    body.tail.store(memory.after(tail), std::memory_order_relaxed);
    body.last_priority.store(priority, std::memory_order_relaxed);
    body.next_sequence.store(sequence + 1, std::memory_order_relaxed);
    return Added::yes;
}

// The size and priority of a message, checked.
struct Content {
    std::uint32_t size;
    std::uint32_t priority;
};

inline Content content_of(const QueueMemory& memory, const Slot& slot) {
    return {memory.at_most(slot.size, static_cast<std::uint32_t>(memory.max_size())),
            memory.at_most(slot.priority, priorities - 1)};
}

// The next message; null when there is none.
inline Slot* first_in_lane(const ReceiversLocked&, const QueueMemory& memory) {
    auto& body = memory.body();
    Slot& slot = memory.slot(memory.checked(body.head));
    const Control control = slot.load();
    if (control == Control{}) {
        return nullptr;
    }
    memory.require(control.state() == SlotState::ready &&
                   slot.sequence.load(std::memory_order_relaxed) ==
                       body.head_sequence.load(std::memory_order_relaxed));
    return &slot;
}

// Removes the next message, which the caller has copied.
inline void drop_first_in_lane(const ReceiversLocked&, const QueueMemory& memory, Slot& slot) {
    auto& body = memory.body();
    slot.become(Control{});
    body.head.store(memory.after(memory.checked(body.head)), std::memory_order_relaxed);
    body.head_sequence.store(body.head_sequence.load(std::memory_order_relaxed) + 1,
                             std::memory_order_relaxed);
    body.received.store(body.received.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
}

} // namespace crex::detail::robust
