// SPDX-License-Identifier: BSL-1.0

// Recovering a queue from its slots alone.

#include <algorithm>
#include <random>
#include <vector>

#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "message_queue/robust/recovery.hpp"
#include "robust/core/arena.hpp"
#include "robust/death_watch.hpp"

using namespace test;
using robust::Control;
using robust::Identity;
using robust::no_slot;
using robust::SlotState;

namespace {

struct Fixture {
    explicit Fixture(std::uint32_t capacity = 8) : arena{capacity} {}

    void put(std::uint32_t slot, Control control, std::uint64_t sequence,
             std::uint32_t priority = 0, std::uint32_t size = 1) {
        auto& its = arena.memory.slot(slot);
        arena.memory.touch(slot);
        its.sequence = sequence;
        its.priority = priority;
        its.size = size;
        its.become(control);
    }

    void recover() { robust::recover(arena.locked, arena.memory, arena.self->participant); }

    std::vector<std::uint32_t> order() {
        std::vector<std::uint32_t> slots;
        robust::PriorityIndex index{arena.locked, arena.memory};
        while (const auto front = index.front()) {
            slots.push_back(front.slot);
            index.pop(front);
        }
        return slots;
    }

    std::uint32_t free_slots() {
        std::uint32_t count = 0;
        robust::FreeSlots free_slots{arena.memory};
        while (free_slots.take(arena.locked) != no_slot) {
            ++count;
        }
        return count;
    }

    Arena arena;
};

using Slots = std::vector<std::uint32_t>;

} // namespace

BOOST_AUTO_TEST_CASE(messages_come_in_the_order_of_priority_and_sequence_wherever_they_are) {
    Fixture f;
    f.put(6, Control::ready(), 11);
    f.put(7, Control::ready(), 12);
    f.put(0, Control::ready(), 13, 9);
    f.put(3, Control::ready(), 5);
    f.recover();
    BOOST_TEST(f.arena.memory.status() == robust::indexed);
    BOOST_TEST(f.arena.memory.body().next_sequence == 14U);
    BOOST_TEST((f.order() == Slots{0, 3, 6, 7}));
    BOOST_TEST(f.free_slots() == 4U);
}

BOOST_AUTO_TEST_CASE(any_scatter_of_messages_is_sorted) {
    std::mt19937 random{1};
    for (const std::uint32_t capacity : {1U, 2U, 7U, 1'000U}) {
        Fixture f{capacity};
        std::vector<std::uint64_t> sequences(capacity);
        for (std::uint32_t i = 0; i < capacity; ++i) {
            sequences[i] = i + 1;
        }
        std::shuffle(sequences.begin(), sequences.end(), random);
        for (std::uint32_t slot = 0; slot < capacity; ++slot) {
            f.put(slot, Control::ready(), sequences[slot]);
        }
        f.recover();
        const Slots order = f.order();
        BOOST_TEST_REQUIRE(order.size() == capacity);
        BOOST_TEST(std::is_sorted(order.begin(), order.end(),
                                  [&](auto a, auto b) { return sequences[a] < sequences[b]; }));
    }
}

BOOST_AUTO_TEST_CASE(slot_written_by_the_dead_is_free_and_slot_leased_by_the_dead_is_ready) {
    Fixture f;
    const Identity dead = f.arena.killed_while([](Peer&) {});
    f.put(1, {SlotState::writing, dead, 0, 1}, 0);
    f.put(2, {SlotState::leased, dead, 3, 2}, 7);
    f.recover();
    BOOST_TEST(f.arena.memory.slot(1).is(SlotState::free));
    BOOST_TEST((f.arena.memory.slot(2).load() == Control::ready(4)));
    BOOST_TEST(f.arena.memory.body().redelivered == 1U);
    BOOST_TEST((f.order() == Slots{2}));
    BOOST_TEST(f.arena.self->participant.at(dead.entry()).is_nobody()); // their entry is free
}

BOOST_AUTO_TEST_CASE(slots_of_living_participants_stay_theirs) {
    Fixture f;
    const auto other = f.arena.another();
    const Control writing{SlotState::writing, other->participant.me(), 0, 1};
    const Control leased{SlotState::leased, f.arena.self->participant.me(), 3, 2};
    f.put(1, writing, 0);
    f.put(2, leased, 7);
    f.recover();
    BOOST_TEST((f.arena.memory.slot(1).load() == writing));
    BOOST_TEST((f.arena.memory.slot(2).load() == leased));
    BOOST_TEST(f.order().empty());
    BOOST_TEST(f.free_slots() == 6U);
}

BOOST_AUTO_TEST_CASE(attempts_are_counted_up_to_255) {
    Fixture f;
    f.put(0, {SlotState::leased, Identity{400, 1}, 255, 1}, 7);
    f.recover();
    BOOST_TEST(f.arena.memory.slot(0).load().attempts() == 255U);
}

BOOST_AUTO_TEST_CASE(senseless_slots_are_quarantined_and_counted_and_the_rest_works) {
    Fixture f;
    f.put(0, Control::ready(), 0);                               // no sequence
    f.put(1, Control::ready(), 1, 40'000);                       // no such priority
    f.put(2, Control::ready(), 2, 0, 65);                        // too long
    f.put(3, Control{7}, 3);                                     // no such state
    f.put(4, Control::ready(), ~std::uint64_t{0});               // absurd
    f.put(5, Control{SlotState::free, Identity{1, 1}, 3, 3}, 0); // merely untidy
    f.put(6, Control::ready(), 6);
    f.recover();
    BOOST_TEST(f.arena.memory.body().quarantined == 5U);
    BOOST_TEST((f.order() == Slots{6}));
    BOOST_TEST(f.free_slots() == 2U);
    f.recover();
    BOOST_TEST(f.arena.memory.body().quarantined == 5U); // counted again from zero
}

BOOST_AUTO_TEST_CASE(unused_slots_are_not_examined_unless_the_scan_is_everywhere) {
    Fixture f;
    f.put(1, Control::ready(), 1);
    f.put(5, Control::ready(), 2);
    f.arena.memory.body().touched = 2; // as if the rest had never been used
    f.recover();
    BOOST_TEST((f.order() == Slots{1}));
    robust::recover(f.arena.locked, f.arena.memory, f.arena.self->participant,
                    robust::Scope::everywhere);
    BOOST_TEST((f.order() == Slots{1, 5}));
    BOOST_TEST(f.free_slots() == 6U);
    f.arena.memory.body().touched = 1'000; // a senseless value makes the scan cover all slots
    f.recover();
    BOOST_TEST((f.order() == Slots{1, 5}));
}

BOOST_AUTO_TEST_CASE(second_recovery_changes_nothing) {
    Fixture f;
    f.put(4, Control::ready(2), 11, 3);
    f.put(2, Control::ready(), 12, 3);
    f.recover();
    std::vector<Control> before;
    for (std::uint32_t slot = 0; slot < 8; ++slot) {
        before.push_back(f.arena.memory.slot(slot).load());
    }
    f.recover();
    for (std::uint32_t slot = 0; slot < 8; ++slot) {
        BOOST_TEST((f.arena.memory.slot(slot).load() == before[slot]));
    }
    BOOST_TEST((f.order() == Slots{4, 2}));
}

BOOST_AUTO_TEST_CASE(reaping_a_participant_that_held_nothing_needs_no_recovery) {
    Fixture f;
    const Identity dead = f.arena.killed_while([](Peer&) {});
    BOOST_TEST(f.arena.self->participant.is_dead(dead));
    robust::reap_dead_participants(f.arena.locked, f.arena.memory, f.arena.self->participant);
    BOOST_TEST(f.arena.memory.status() == 0U); // the queue is still a lane
    BOOST_TEST(f.arena.memory.body().recoveries == 0U);
    BOOST_TEST((f.arena.self->participant.at(dead.entry()) == dead)); // until the entry is needed
}

BOOST_AUTO_TEST_CASE(reaping_a_participant_that_held_a_lease_gives_it_back) {
    Fixture f;
    const Identity dead =
        f.arena.killed_while([](Peer& peer) { peer.participant.holds_one_more(); });
    f.put(2, {SlotState::leased, dead, 0, 2}, 7);
    robust::reap_dead_participants(f.arena.locked, f.arena.memory, f.arena.self->participant);
    BOOST_TEST((f.order() == Slots{2}));
    BOOST_TEST(f.arena.memory.body().recoveries == 1U);
}
