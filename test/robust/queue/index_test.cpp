// SPDX-License-Identifier: BSL-1.0

// The index, the free slots and the hand-off ring: which slots are free, which have arrived, and
// which message is next.

#include <map>
#include <random>
#include <set>

#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "robust/core/arena.hpp"

using namespace test;
using robust::no_slot;
using robust::PriorityIndex;

namespace {

// An index whose slots are all free.
struct Fixture {
    explicit Fixture(std::uint32_t capacity) : arena{capacity} {
        index.begin();
        free_slots.begin(arena.locked, 0, capacity);
        handoff_ring.begin(arena.locked);
    }

    std::uint32_t send(std::uint32_t priority) {
        if (free_slots.is_empty(arena.locked)) {
            free_slots.refill(arena.locked);
        }
        const std::uint32_t slot = free_slots.take(arena.locked);
        BOOST_TEST_REQUIRE(slot != no_slot);
        BOOST_TEST_REQUIRE(handoff_ring.has_room(arena.locked));
        auto& next = arena.memory.body().next_sequence;
        auto& its = arena.memory.slot(slot);
        its.sequence = next.load();
        its.priority = priority;
        its.become(robust::Control::ready());
        handoff_ring.add(arena.locked, {slot, priority}, next);
        ++next;
        return slot;
    }

    std::uint32_t take() {
        const auto next = index.next();
        if (next) {
            index.pop(next);
        }
        return next.slot;
    }

    void free(std::uint32_t slot) { free_slots.free(arena.locked, slot); }

    Arena arena;
    PriorityIndex index{arena.locked, arena.memory};
    robust::FreeSlots free_slots{arena.memory};
    robust::HandoffRing handoff_ring{arena.memory};
};

} // namespace

BOOST_AUTO_TEST_CASE(every_slot_is_handed_out_once) {
    Fixture f{5};
    std::set<std::uint32_t> slots;
    for (int i = 0; i < 5; ++i) {
        slots.insert(f.send(0));
    }
    BOOST_TEST(slots.size() == 5U);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == no_slot);
    BOOST_TEST(!f.free_slots.can_refill());
    const std::uint32_t slot = f.take();
    f.free(slot);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == slot);
    BOOST_TEST(f.free_slots.count() == 0U);
}

BOOST_AUTO_TEST_CASE(receivers_hand_their_whole_list_back_once_senders_have_taken_the_last) {
    Fixture f{4};
    for (int i = 0; i < 4; ++i) {
        f.send(0);
    }
    const auto one = f.take();
    const auto two = f.take();
    const auto three = f.take();
    f.free(one); // is handed back
    f.free(two); // stays with the receivers
    BOOST_TEST(f.free_slots.count() == 2U);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == one);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == no_slot);
    BOOST_TEST(f.free_slots.can_refill());
    f.free(three); // is handed back with the one before it
    BOOST_TEST(!f.free_slots.can_refill());
    BOOST_TEST(f.free_slots.take(f.arena.locked) == three);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == two);
    BOOST_TEST(f.free_slots.count() == 0U);
}

BOOST_AUTO_TEST_CASE(slots_that_receivers_could_not_hand_back_are_fetched_under_both_locks) {
    Fixture f{2};
    f.send(0);
    f.send(0);
    const auto one = f.take();
    const auto two = f.take();
    f.free(one);
    f.free(two);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == one);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == no_slot);
    f.free_slots.refill(f.arena.locked);
    BOOST_TEST(f.free_slots.take(f.arena.locked) == two);
}

BOOST_AUTO_TEST_CASE(freed_slot_is_used_before_one_that_was_never_used) {
    Fixture f{100};
    const auto first = f.send(0);
    f.free(f.take());
    BOOST_TEST(f.send(0) == first);
}

BOOST_AUTO_TEST_CASE(the_highest_priority_comes_first_and_the_oldest_within_it) {
    Fixture f{6};
    const auto low = f.send(1);
    const auto high_one = f.send(32'767);
    const auto middle = f.send(4'096);
    const auto high_two = f.send(32'767);
    BOOST_TEST(f.take() == high_one);
    BOOST_TEST(f.take() == high_two);
    BOOST_TEST(f.take() == middle);
    BOOST_TEST(f.take() == low);
    BOOST_TEST(f.take() == no_slot);
}

BOOST_AUTO_TEST_CASE(arrival_before_all_others_is_put_on_no_list) {
    Fixture f{4};
    const auto old = f.send(3);
    f.index.drain();
    const auto urgent = f.send(4);
    const auto next = f.index.next();
    BOOST_TEST(next.slot == urgent);
    BOOST_TEST(f.arena.memory.body().indexed_messages == 1U);
    f.index.pop(next);
    const auto equal = f.send(3);
    BOOST_TEST(f.take() == old);
    BOOST_TEST(f.take() == equal);
}

BOOST_AUTO_TEST_CASE(arrival_that_is_not_taken_is_next_again) {
    Fixture f{4};
    const auto first = f.send(3);
    f.index.keep(f.index.next());
    const auto second = f.send(3);
    f.index.keep(f.index.next());
    const auto urgent = f.send(5);
    f.index.keep(f.index.next());
    BOOST_TEST(f.arena.memory.body().indexed_messages == 3U);
    BOOST_TEST(f.take() == urgent);
    BOOST_TEST(f.take() == first);
    BOOST_TEST(f.take() == second);
    f.index.keep(f.index.next()); // there is none
    BOOST_TEST(f.take() == no_slot);
}

BOOST_AUTO_TEST_CASE(message_that_comes_back_goes_to_its_old_place) {
    Fixture f{6};
    const auto one = f.send(3);
    const auto two = f.send(3);
    const auto three = f.send(3);
    f.take();
    f.take();
    f.index.put_back(two, 3);
    f.index.put_back(one, 3);
    BOOST_TEST(f.take() == one);
    BOOST_TEST(f.take() == two);
    BOOST_TEST(f.take() == three);
    f.index.put_back(three, 3); // to an empty priority list
    BOOST_TEST(f.take() == three);
}

BOOST_AUTO_TEST_CASE(refill_leaves_a_list_that_is_not_empty_as_it_is) {
    Fixture f{3};
    f.send(0);
    f.send(0);
    f.free_slots.put(f.arena.locked,
                     f.free_slots.take(f.arena.locked)); // like a loan that is dropped
    f.free(f.take());
    f.free(f.take());
    f.free_slots.refill(f.arena.locked);
    BOOST_TEST(f.free_slots.can_refill());
    BOOST_TEST(f.free_slots.count() == 3U);
}

BOOST_AUTO_TEST_CASE(hand_off_ring_has_room_again_once_it_is_drained) {
    constexpr std::uint32_t more_than_at_once = 10'000;
    Fixture f{more_than_at_once};
    std::uint32_t sent = 0;
    for (; f.handoff_ring.has_room(f.arena.locked); ++sent) {
        f.send(sent % 3);
    }
    BOOST_TEST(sent == f.arena.memory.handoff_ring_size());
    BOOST_TEST(sent < more_than_at_once);
    f.index.drain();
    BOOST_TEST(f.handoff_ring.is_empty());
    BOOST_TEST(f.handoff_ring.has_room(f.arena.locked));
    BOOST_TEST(f.arena.memory.body().indexed_messages == sent);
}

BOOST_AUTO_TEST_CASE(any_mix_of_priorities_agrees_with_a_sorted_map) {
    for (const std::uint32_t capacity : {1U, 3U, 64U, 1'000U}) {
        Fixture f{capacity};
        std::map<std::pair<std::int64_t, std::uint64_t>, std::uint32_t> expected;
        std::mt19937 random{capacity};
        for (int i = 0; i < 20'000; ++i) {
            if (random() % 2 == 0 && expected.size() < capacity) {
                // Few and many, near and far, and some that share a place in the table.
                const std::uint32_t priority =
                    random() % 3 == 0 ? random() % 32'768 : (random() % 4) * 1'024 % 32'768;
                const std::uint64_t sequence = f.arena.memory.body().next_sequence;
                expected.emplace(std::pair{-std::int64_t{priority}, sequence}, f.send(priority));
            } else if (!expected.empty()) {
                if (random() % 4 == 0) {
                    f.index.keep(f.index.next());
                }
                const auto slot = f.take();
                BOOST_TEST_REQUIRE(slot == expected.begin()->second);
                expected.erase(expected.begin());
                f.free(slot);
            }
        }
        f.index.drain();
        BOOST_TEST(f.arena.memory.body().indexed_messages == expected.size());
    }
}

BOOST_AUTO_TEST_CASE(arrival_that_names_no_slot_is_detected_and_reported) {
    Fixture f{4};
    f.send(1);
    f.arena.memory.arrival(1) += std::uint64_t{7} << 1;
    BOOST_CHECK_THROW(f.index.drain(), robust::Damage);
    BOOST_TEST((f.arena.memory.status() & robust::needs_recovery) != 0U);
}

BOOST_AUTO_TEST_CASE(nonsense_is_detected_and_reported_and_never_followed) {
    const auto damaged = [](auto damage) {
        Fixture f{4};
        f.send(1);
        f.send(2);
        f.free(f.take());
        f.send(5);
        f.index.drain();
        damage(f.arena.memory);
        BOOST_CHECK_THROW(
            {
                f.index.pop(f.index.front());
                (void)f.free_slots.take(f.arena.locked);
                f.free_slots.refill(f.arena.locked);
                (void)f.free_slots.take(f.arena.locked);
            },
            robust::Damage);
        BOOST_TEST((f.arena.memory.status() & robust::needs_recovery) != 0U);
    };
    damaged([](const robust::QueueMemory& memory) {
        memory.body().free_count = 1;
        memory.body().free_first = 4;
    });
    damaged([](const robust::QueueMemory& memory) {
        memory.body().unused_count = 0;
        memory.body().handed_back = 0;
        memory.body().freed_count = 5;
    });
    damaged([](const robust::QueueMemory& memory) { memory.body().handed_back = 1; });
    damaged([](const robust::QueueMemory& memory) {
        memory.body().handed_back = std::uint64_t{5} << 32;
    });
    damaged([](const robust::QueueMemory& memory) {
        memory.body().handed_back = std::uint64_t{1} << 32 | 4;
    });
    damaged([](const robust::QueueMemory& memory) { memory.body().present_top = 0; });
    damaged(
        [](const robust::QueueMemory& memory) { memory.body().present_top = ~std::uint64_t{0}; });
    damaged([](const robust::QueueMemory& memory) {
        memory.body().present[511] = 1;
        memory.body().present_words[7] = ~std::uint64_t{0};
        memory.body().present_top = 128;
    });
    damaged([](const robust::QueueMemory& memory) {
        for (std::uint32_t place = 0; place < memory.priority_list_count(); ++place) {
            memory.priority_list(place).first = 0x8000'0000;
        }
    });
    damaged([](const robust::QueueMemory& memory) {
        for (std::uint32_t slot = 0; slot < 4; ++slot) {
            memory.slot(slot).control = 0xFFFF'FFFF'FFFF'FFFF;
        }
    });
}
