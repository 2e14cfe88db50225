// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/slot_changes.hpp"

#include <cstring>

#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/priority_index.hpp"

namespace crex::detail::robust {
void make_ready(const SendersLocked& locked, const QueueMemory& memory, std::uint32_t number,
                std::size_t size, unsigned priority) {
    auto& body = memory.body();
    Slot& slot = memory.slot(number);
    const std::uint64_t sequence = body.next_sequence.load(relaxed);
    slot.size.store(static_cast<std::uint32_t>(size), relaxed);
    slot.priority.store(priority, relaxed);
    slot.sequence.store(sequence, relaxed);
    slot.become(Control::ready());
    HandoffRing{memory}.add(locked, {number, priority}, sequence);
    body.next_sequence.store(sequence + 1, relaxed);
    body.in_order.store(
        priority <= body.last_priority.load(relaxed) ? body.in_order.load(relaxed) + 1 : 0,
        relaxed);
    body.last_priority.store(priority, relaxed);
}

bool put_into_index(const SendersLocked& locked, const QueueMemory& memory,
                    std::span<const std::byte> message, unsigned priority) {
    if (!HandoffRing{memory}.has_room(locked)) {
        return false;
    }
    const std::uint32_t slot = FreeSlots{memory}.take(locked);
    if (slot == no_slot) {
        return false;
    }
    std::memcpy(memory.slot(slot).payload(), message.data(), message.size());
    make_ready(locked, memory, slot, message.size(), priority);
    return true;
}

void refill_and_drain(const BothLocked& locked, const QueueMemory& memory) {
    const auto& body = memory.body();
    FreeSlots{memory}.refill(locked);
    PriorityIndex{locked, memory}.drain();
    memory.require(body.head_sequence.load(relaxed) == body.next_sequence.load(relaxed));
}

} // namespace crex::detail::robust
