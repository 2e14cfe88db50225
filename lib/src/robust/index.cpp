// SPDX-License-Identifier: BSL-1.0
#include "robust/index.hpp"

#include <bit>

#include "robust/arrivals.hpp"

namespace crex::detail::robust {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Only ever under a lock: no need for one instruction.
void set_bit(std::atomic<std::uint64_t>& word, std::uint32_t bit) {
    word.store(word.load(relaxed) | std::uint64_t{1} << bit, relaxed);
}

// Whether the word is empty now.
bool clear_bit(std::atomic<std::uint64_t>& word, std::uint32_t bit) {
    const std::uint64_t left = word.load(relaxed) & ~(std::uint64_t{1} << bit);
    word.store(left, relaxed);
    return left == 0;
}

} // namespace

void Index::begin() {
    store_.require(body_.present_top.load(relaxed) == 0);
    body_.waiting.store(0, relaxed);
}

void Index::clear() {
    body_.present_top.store(0, relaxed);
    begin();
    for (auto& word : body_.present_words) {
        word.store(0, relaxed);
    }
    for (auto& word : body_.present) {
        word.store(0, relaxed);
    }
    for (std::uint32_t place = 0; place < store_.shelves(); ++place) {
        store_.shelf(place).priority.store(0, relaxed);
    }
}

void Index::count(int change) const {
    const std::uint32_t now = body_.waiting.load(relaxed) + static_cast<std::uint32_t>(change);
    store_.require(now <= store_.capacity());
    body_.waiting.store(now, relaxed);
}

// As many as there may be at one time, whatever the senders do meanwhile.
void Index::admit() {
    Arrivals arrivals{store_};
    for (std::uint32_t count = 0; count < store_.arrivals(); ++count) {
        const auto arrival = arrivals.take();
        if (!arrival) {
            return;
        }
        push_back(arrival->slot, arrival->priority);
    }
}

// Neighbours go to different places, and with a full-sized table every priority to its own.
std::uint32_t Index::home(std::uint32_t priority) const {
    return (priority ^ priority >> 5 ^ priority >> 10) & (store_.shelves() - 1);
}

// The place of the priority's shelf, or the free one where it would be.
std::uint32_t Index::place_of(std::uint32_t priority) const {
    std::uint32_t place = home(priority);
    for (std::uint32_t tries = 0; tries < store_.shelves(); ++tries) {
        const std::uint32_t there = store_.shelf(place).priority.load(relaxed);
        if (there == 0 || there == priority + 1) {
            return place;
        }
        place = (place + 1) & (store_.shelves() - 1);
    }
    store_.damaged(); // half of it is free in a sane one
}

void Index::mark(std::uint32_t priority) {
    set_bit(body_.present[priority / 64], priority % 64);
    set_bit(body_.present_words[priority / 4096], priority / 64 % 64);
    set_bit(body_.present_top, priority / 4096);
}

void Index::unmark(std::uint32_t priority) {
    if (clear_bit(body_.present[priority / 64], priority % 64) &&
        clear_bit(body_.present_words[priority / 4096], priority / 64 % 64)) {
        clear_bit(body_.present_top, priority / 4096);
    }
}

Shelf& Index::highest() const {
    const auto highest_bit = [&](const std::atomic<std::uint64_t>& word) {
        const std::uint64_t bits = word.load(relaxed);
        store_.require(bits != 0);
        return static_cast<std::uint32_t>(std::bit_width(bits)) - 1;
    };
    const std::uint32_t top = highest_bit(body_.present_top);
    store_.require(top < body_.present_words.size());
    const std::uint32_t word = top * 64 + highest_bit(body_.present_words[top]);
    const std::uint32_t priority = word * 64 + highest_bit(body_.present[word]);
    Shelf& shelf = store_.shelf(place_of(priority));
    store_.require(shelf.priority.load(relaxed) == priority + 1);
    return shelf;
}

std::uint32_t Index::front() const {
    if (body_.waiting.load(relaxed) == 0) {
        return no_slot;
    }
    const std::uint32_t slot = store_.checked(highest().first);
    store_.require(store_.slot(slot).is(SlotState::ready));
    return slot;
}

void Index::pop_front() {
    Shelf& shelf = highest();
    const std::uint32_t slot = store_.checked(shelf.first);
    if (slot == shelf.last.load(relaxed)) {
        remove_shelf(shelf);
    } else {
        const std::uint32_t next = store_.checked(store_.link(slot));
        shelf.first.store(next, relaxed);
        prefetch(next);
    }
    count(-1);
}

// Deep in a long queue a message lies where no cache has it. Asked for one call ahead, it is there.
void Index::prefetch(std::uint32_t slot) const {
    const auto* const bytes = reinterpret_cast<const std::byte*>(&store_.slot(slot));
    __builtin_prefetch(bytes);
    __builtin_prefetch(bytes + cache_line);
    __builtin_prefetch(&store_.link(slot));
}

void Index::add_shelf(Shelf& shelf, std::uint32_t slot, std::uint32_t priority) {
    shelf.first.store(slot, relaxed);
    shelf.last.store(slot, relaxed);
    shelf.priority.store(priority + 1, relaxed);
    mark(priority);
}

void Index::remove_shelf(Shelf& shelf) {
    const std::uint32_t priority = store_.at_most(shelf.priority, priorities) - 1;
    store_.require(priority < priorities);
    shelf.priority.store(0, relaxed);
    unmark(priority);
    close_gap(static_cast<std::uint32_t>(&shelf - &store_.shelf(0)));
}

// In a table with linear probing nothing may be separated from its home by a gap: shelves behind
// the gap that would be move into it.
void Index::close_gap(std::uint32_t gap) {
    const std::uint32_t mask = store_.shelves() - 1;
    std::uint32_t place = gap;
    for (std::uint32_t tries = 0; tries < store_.shelves(); ++tries) {
        place = (place + 1) & mask;
        Shelf& shelf = store_.shelf(place);
        const std::uint32_t priority = shelf.priority.load(relaxed) - 1;
        if (priority >= priorities) {
            return; // a free place
        }
        if (((place - home(priority)) & mask) < ((place - gap) & mask)) {
            continue; // its home lies behind the gap
        }
        Shelf& there = store_.shelf(gap);
        there.first.store(shelf.first.load(relaxed), relaxed);
        there.last.store(shelf.last.load(relaxed), relaxed);
        there.priority.store(priority + 1, relaxed);
        shelf.priority.store(0, relaxed);
        gap = place;
    }
}

void Index::push_back(std::uint32_t slot, std::uint32_t priority) {
    Shelf& shelf = store_.shelf(place_of(priority));
    if (shelf.priority.load(relaxed) == 0) {
        add_shelf(shelf, slot, priority);
    } else {
        store_.link(store_.checked(shelf.last)).store(slot, relaxed);
        shelf.last.store(slot, relaxed);
    }
    count(+1);
}

// Its elders among the waiting can only be others that came back.
void Index::put_back(std::uint32_t slot, std::uint32_t priority) {
    Shelf& shelf = store_.shelf(place_of(priority));
    if (shelf.priority.load(relaxed) == 0) {
        push_back(slot, priority);
        return;
    }
    const auto sequence = [&](std::uint32_t of) { return store_.slot(of).sequence.load(relaxed); };
    const std::uint32_t last = store_.checked(shelf.last);
    std::uint32_t next = store_.checked(shelf.first);
    std::uint32_t elder = no_slot;
    for (std::uint32_t steps = 0; sequence(next) < sequence(slot); ++steps) {
        store_.require(steps < store_.capacity());
        if (next == last) {
            push_back(slot, priority);
            return;
        }
        elder = next;
        next = store_.checked(store_.link(next));
    }
    store_.link(slot).store(next, relaxed);
    (elder == no_slot ? shelf.first : store_.link(elder)).store(slot, relaxed);
    count(+1);
}

} // namespace crex::detail::robust
