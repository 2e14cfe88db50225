// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/slot_changes.hpp"

#include <cstring>

#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/priority_index.hpp"

namespace crex::detail::robust {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

SlotClaim claim(RobustQueueCore& core, std::uint32_t number, SlotState state, std::size_t size,
                std::uint32_t priority) {
    auto& body = core.memory.body();
    auto& claims = state == SlotState::writing ? body.loans : body.leases;
    Slot& slot = core.memory.slot(number);
    const std::uint32_t tag = claims.load(relaxed) + 1;
    claims.store(tag, relaxed);
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

} // namespace

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
                    std::span<const std::byte> body, unsigned priority) {
    if (!HandoffRing{memory}.has_room(locked)) {
        return false;
    }
    const std::uint32_t slot = FreeSlots{memory}.take(locked);
    if (slot == no_slot) {
        return false;
    }
    std::memcpy(memory.slot(slot).payload(), body.data(), body.size());
    make_ready(locked, memory, slot, body.size(), priority);
    return true;
}

void fetch_and_drain(const BothLocked& locked, const QueueMemory& memory) {
    const auto& body = memory.body();
    FreeSlots{memory}.fetch(locked);
    PriorityIndex{locked, memory}.drain();
    memory.require(body.head_sequence.load(relaxed) == body.next_sequence.load(relaxed));
}

SlotClaim claim_free_slot(const SendersLocked& /*locked*/, RobustQueueCore& core,
                          std::uint32_t number, std::size_t size) {
    return claim(core, number, SlotState::writing, size, 0);
}

SlotClaim claim_message(const ReceiversLocked& /*locked*/, RobustQueueCore& core,
                        std::uint32_t number, Content content) {
    return claim(core, number, SlotState::leased, content.size, content.priority);
}

} // namespace crex::detail::robust
