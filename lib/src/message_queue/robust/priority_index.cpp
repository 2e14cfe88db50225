// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/priority_index.hpp"

#include <bit>

#include "message_queue/robust/handoff_ring.hpp"

namespace crex::detail::robust {
namespace {

// Called only under a lock, so one atomic instruction is not needed.
void set_bit(std::atomic<std::uint64_t>& word, std::uint32_t bit) {
    word.store(word.load(relaxed) | std::uint64_t{1} << bit, relaxed);
}

// Returns whether the word is 0 now.
bool clear_bit(std::atomic<std::uint64_t>& word, std::uint32_t bit) {
    const std::uint64_t left = word.load(relaxed) & ~(std::uint64_t{1} << bit);
    word.store(left, relaxed);
    return left == 0;
}

} // namespace

void PriorityIndex::begin() {
    memory_.require(body_.present_top.load(relaxed) == 0);
    body_.indexed_messages.store(0, relaxed);
}

void PriorityIndex::clear() {
    body_.present_top.store(0, relaxed);
    begin();
    for (auto& word : body_.present_words) {
        word.store(0, relaxed);
    }
    for (auto& word : body_.present) {
        word.store(0, relaxed);
    }
    for (std::uint32_t place = 0; place < memory_.priority_list_count(); ++place) {
        memory_.priority_list(place).priority.store(0, relaxed);
    }
}

void PriorityIndex::count(int change) const {
    const std::uint32_t now =
        body_.indexed_messages.load(relaxed) + static_cast<std::uint32_t>(change);
    memory_.require(now <= memory_.capacity());
    body_.indexed_messages.store(now, relaxed);
}

// Takes at most as many as the ring holds, even if senders keep adding.
void PriorityIndex::drain() {
    HandoffRing handoff_ring{memory_};
    for (std::uint32_t count = 0; count < memory_.handoff_ring_size(); ++count) {
        const auto arrival = handoff_ring.take(locked_);
        if (!arrival) {
            return;
        }
        push_back(arrival->slot, arrival->priority);
    }
}

// Neighbouring priorities have different homes. In a table of full size, every priority has its
// own.
std::uint32_t PriorityIndex::home(std::uint32_t priority) const {
    return (priority ^ priority >> 5 ^ priority >> 10) & (memory_.priority_list_count() - 1);
}

// The place of this priority's list, or the free place where it would be.
std::uint32_t PriorityIndex::place_of(std::uint32_t priority) const {
    std::uint32_t place = home(priority);
    for (std::uint32_t tries = 0; tries < memory_.priority_list_count(); ++tries) {
        const std::uint32_t there = memory_.priority_list(place).priority.load(relaxed);
        if (there == 0 || there == priority + 1) {
            return place;
        }
        place = (place + 1) & (memory_.priority_list_count() - 1);
    }
    memory_.damaged(); // in a sane table, half of the places are free
}

void PriorityIndex::set_present(std::uint32_t priority) {
    set_bit(body_.present[priority / 64], priority % 64);
    set_bit(body_.present_words[priority / 4096], priority / 64 % 64);
    set_bit(body_.present_top, priority / 4096);
}

void PriorityIndex::clear_present(std::uint32_t priority) {
    if (clear_bit(body_.present[priority / 64], priority % 64) &&
        clear_bit(body_.present_words[priority / 4096], priority / 64 % 64)) {
        clear_bit(body_.present_top, priority / 4096);
    }
}

// Of the messages on the lists, of which there must be one.
std::uint32_t PriorityIndex::highest_priority() const {
    const auto highest_bit = [&](const std::atomic<std::uint64_t>& word) {
        const std::uint64_t bits = word.load(relaxed);
        memory_.require(bits != 0);
        return static_cast<std::uint32_t>(std::bit_width(bits)) - 1;
    };
    const std::uint32_t top = highest_bit(body_.present_top);
    memory_.require(top < body_.present_words.size());
    const std::uint32_t word = top * 64 + highest_bit(body_.present_words[top]);
    return word * 64 + highest_bit(body_.present[word]);
}

bool PriorityIndex::goes_before_all(std::uint32_t priority) const {
    return body_.indexed_messages.load(relaxed) == 0 || priority > highest_priority();
}

PriorityIndex::Front PriorityIndex::front() const {
    if (body_.indexed_messages.load(relaxed) == 0) {
        return {};
    }
    const std::uint32_t priority = highest_priority();
    PriorityList& list = memory_.priority_list(place_of(priority));
    memory_.require(list.priority.load(relaxed) == priority + 1);
    const std::uint32_t slot = memory_.checked(list.first);
    memory_.require(memory_.slot(slot).is(SlotState::ready));
    return {slot, &list};
}

// A death before pop() or keep() leaves a message in its slot that is neither announced nor on a
// list. The lock then names the dead participant, and recovery finds the message.
PriorityIndex::Front PriorityIndex::next() {
    HandoffRing handoff_ring{memory_};
    const auto arrival = handoff_ring.take(locked_);
    if (!arrival) {
        return front();
    }
    if (handoff_ring.is_empty() && goes_before_all(arrival->priority)) {
        memory_.require(memory_.slot(arrival->slot).is(SlotState::ready));
        return {arrival->slot};
    }
    push_back(arrival->slot, arrival->priority);
    drain();
    return front();
}

void PriorityIndex::keep(const Front& front) {
    if (front && front.list == nullptr) {
        push_back(front.slot, memory_.at_most(memory_.slot(front.slot).priority, priorities - 1));
    }
}

void PriorityIndex::pop(const Front& front) {
    if (front.list == nullptr) {
        return;
    }
    if (front.slot == front.list->last.load(relaxed)) {
        remove_list(*front.list);
    } else {
        const std::uint32_t next = memory_.checked(memory_.link(front.slot));
        front.list->first.store(next, relaxed);
        prefetch_after(next);
    }
    count(-1);
}

// Deep in a long queue a message lies where no cache has it. Asked for two calls ahead, it is
// there.
void PriorityIndex::prefetch_after(std::uint32_t slot) const {
    const std::uint32_t next = memory_.link(slot).load(relaxed);
    if (next < memory_.capacity()) { // the last one's link may say anything
        const auto* const bytes = reinterpret_cast<const std::byte*>(&memory_.slot(next));
        __builtin_prefetch(bytes);
        __builtin_prefetch(bytes + cache_line);
        __builtin_prefetch(&memory_.link(next));
    }
}

void PriorityIndex::add_list(PriorityList& priority_list, std::uint32_t slot,
                             std::uint32_t priority) {
    priority_list.first.store(slot, relaxed);
    priority_list.last.store(slot, relaxed);
    priority_list.priority.store(priority + 1, relaxed);
    set_present(priority);
}

void PriorityIndex::remove_list(PriorityList& priority_list) {
    const std::uint32_t priority = memory_.at_most(priority_list.priority, priorities) - 1;
    memory_.require(priority < priorities);
    priority_list.priority.store(0, relaxed);
    clear_present(priority);
    close_gap(static_cast<std::uint32_t>(&priority_list - &memory_.priority_list(0)));
}

// With linear probing, no gap may lie between a priority list and its home. So a list that lies
// behind the gap, but whose home does not, moves into the gap.
void PriorityIndex::close_gap(std::uint32_t gap) {
    const std::uint32_t mask = memory_.priority_list_count() - 1;
    std::uint32_t place = gap;
    for (std::uint32_t tries = 0; tries < memory_.priority_list_count(); ++tries) {
        place = (place + 1) & mask;
        PriorityList& priority_list = memory_.priority_list(place);
        const std::uint32_t priority = priority_list.priority.load(relaxed) - 1;
        if (priority >= priorities) {
            return; // a free place
        }
        if (((place - home(priority)) & mask) < ((place - gap) & mask)) {
            continue; // its home lies behind the gap
        }
        PriorityList& there = memory_.priority_list(gap);
        there.first.store(priority_list.first.load(relaxed), relaxed);
        there.last.store(priority_list.last.load(relaxed), relaxed);
        there.priority.store(priority + 1, relaxed);
        priority_list.priority.store(0, relaxed);
        gap = place;
    }
}

void PriorityIndex::push_back(std::uint32_t slot, std::uint32_t priority) {
    PriorityList& priority_list = memory_.priority_list(place_of(priority));
    if (priority_list.priority.load(relaxed) == 0) {
        add_list(priority_list, slot, priority);
    } else {
        memory_.link(memory_.checked(priority_list.last)).store(slot, relaxed);
        priority_list.last.store(slot, relaxed);
    }
    count(+1);
}

// Older messages on the list can only be others that were put back.
void PriorityIndex::put_back(std::uint32_t slot, std::uint32_t priority) {
    PriorityList& priority_list = memory_.priority_list(place_of(priority));
    if (priority_list.priority.load(relaxed) == 0) {
        push_back(slot, priority);
        return;
    }
    const auto sequence = [&](std::uint32_t of) { return memory_.slot(of).sequence.load(relaxed); };
    const std::uint32_t last = memory_.checked(priority_list.last);
    std::uint32_t next = memory_.checked(priority_list.first);
    std::uint32_t elder = no_slot;
    for (std::uint32_t steps = 0; sequence(next) < sequence(slot); ++steps) {
        memory_.require(steps < memory_.capacity());
        if (next == last) {
            push_back(slot, priority);
            return;
        }
        elder = next;
        next = memory_.checked(memory_.link(next));
    }
    memory_.link(slot).store(next, relaxed);
    (elder == no_slot ? priority_list.first : memory_.link(elder)).store(slot, relaxed);
    count(+1);
}

} // namespace crex::detail::robust
