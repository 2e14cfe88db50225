// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/ends.hpp"

#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/priority_index.hpp"

namespace crex::detail::robust {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// The lane's messages go onto their priority lists in the order they stand in; what follows them is
// free.
void list_lane(const QueueMemory& memory) {
    auto& body = memory.body();
    PriorityIndex index{memory};
    index.begin();
    std::uint32_t slot = memory.checked(body.head);
    std::uint32_t count = 0;
    for (; count < memory.capacity() && memory.slot(slot).is(SlotState::ready); ++count) {
        index.push_back(slot, memory.at_most(memory.slot(slot).priority, priorities - 1));
        slot = memory.after(slot);
    }
    memory.require(slot == memory.checked(body.tail));
    FreeSlots{memory}.begin(slot, memory.capacity() - count);
    HandoffRing{memory}.begin();
}

} // namespace

// The destructor of a Hold whose first constructor has returned runs when this throws.
void Ends::insist(robust::Hold& hold, const WaitOptions& wait_options) const {
    if (hold.insist(self_, wait_options)) {
        memory_.set(needs_recovery);
    }
}

// Recovery may find messages, or room. Somebody polls for them.
void Ends::ring() const {
    if ((memory_.status() & pollable) != 0) {
        memory_.body().emptied.fetch_add(1, relaxed); // perhaps, by one who died before saying so
        poll_fifo_.forget();
        poll_fifo_.before_adding();
        poll_fifo_.before_taking();
    }
}

void Ends::recover_if_needed(const WaitOptions& wait_options, Look look) const {
    with_both(wait_options, [&] {
        if ((memory_.status() & needs_recovery) != 0) {
            ring();
            robust::recover(memory_, self_, look);
        }
    });
}

void Ends::recover(const WaitOptions& wait_options) const {
    with_both(wait_options, [&] {
        memory_.clear(broken);
        ring();
        robust::recover(memory_, self_, Look::everywhere);
    });
}

void Ends::switch_to_index(const WaitOptions& wait_options) const {
    with_both(wait_options, [&] {
        if ((memory_.status() & (indexed | needs_recovery)) == 0) {
            memory_.set(needs_recovery); // until the index is whole
            list_lane(memory_);
            memory_.set(indexed);
            memory_.clear(needs_recovery);
        }
    });
}

void Ends::switch_to_lane(const WaitOptions& wait_options) const {
    with_both(wait_options, [&] {
        auto& body = memory_.body();
        if ((memory_.status() & (indexed | needs_recovery)) == indexed &&
            FreeSlots{memory_}.count() == memory_.capacity()) {
            body.head.store(0, relaxed);
            body.tail.store(0, relaxed);
            body.head_sequence.store(body.next_sequence.load(relaxed), relaxed);
            memory_.clear(indexed);
        }
    });
}

void Ends::reap_dead_participants(const WaitOptions& wait_options) const {
    with_both(wait_options, [&] {
        ring();
        robust::reap_dead_participants(memory_, self_);
    });
}

void Ends::force_open() const {
    for (Lock* each : {&memory_.body().senders, &memory_.body().receivers}) {
        each->word.store(0);
        wake_sleeper(*each);
    }
}

} // namespace crex::detail::robust
