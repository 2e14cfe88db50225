// SPDX-License-Identifier: BSL-1.0

// The lock that outlives its holder.

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "arena.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;
using crex::detail::Deadline;
using robust::Lock;
using robust::Locked;

namespace {

const Deadline never{crex::no_timeout};
const Deadline at_once{crex::do_not_wait};

Lock& lock_of(const Arena& arena) { return arena.memory.body().senders; }

} // namespace

BOOST_AUTO_TEST_CASE(free_lock_is_taken_at_once_and_names_its_holder) {
    const Arena arena;
    BOOST_TEST(robust::try_lock(lock_of(arena), arena.self->participant));
    BOOST_TEST(lock_of(arena).word == arena.self->participant.me().bits());
    BOOST_TEST(!robust::try_lock(lock_of(arena), arena.another()->participant));
    robust::unlock(lock_of(arena));
    BOOST_TEST(lock_of(arena).word == 0U);
}

BOOST_AUTO_TEST_CASE(lock_of_a_dead_holder_is_taken_over_and_reported_as_such) {
    const Arena arena;
    arena.killed_while([&](Peer& peer) { robust::try_lock(lock_of(arena), peer.participant); });
    BOOST_TEST(
        (robust::lock(lock_of(arena), arena.self->participant, {at_once}) == Locked::taken_over));
    robust::unlock(lock_of(arena));
    BOOST_TEST((robust::lock(lock_of(arena), arena.self->participant, {at_once}) == Locked::yes));
}

BOOST_AUTO_TEST_CASE(lock_is_taken_over_again_when_its_new_holder_dies) {
    const Arena arena;
    arena.killed_while([&](Peer& peer) { robust::try_lock(lock_of(arena), peer.participant); });
    arena.killed_while(
        [&](Peer& peer) { (void)robust::lock(lock_of(arena), peer.participant, {never}); });
    BOOST_TEST(
        (robust::lock(lock_of(arena), arena.self->participant, {at_once}) == Locked::taken_over));
}

BOOST_AUTO_TEST_CASE(lock_word_with_an_impossible_identity_is_taken_over) {
    const Arena arena;
    for (const std::uint32_t word : {1023U, 0x3FFF'FFFFU, 0xFFFF'FFFFU, 0x8000'0000U, 512U}) {
        lock_of(arena).word = word;
        BOOST_TEST((robust::lock(lock_of(arena), arena.self->participant, {at_once}) ==
                    Locked::taken_over));
        robust::unlock(lock_of(arena));
    }
}

BOOST_AUTO_TEST_CASE(a_living_holders_lock_is_waited_for_until_the_deadline) {
    const Arena arena;
    const auto holder = arena.another();
    robust::try_lock(lock_of(arena), holder->participant);
    BOOST_TEST((time_of([&] {
                    const Deadline deadline{60ms};
                    BOOST_TEST((robust::lock(lock_of(arena), arena.self->participant, {deadline}) ==
                                Locked::too_late));
                }) >= 60ms));
    BOOST_TEST(lock_of(arena).word == holder->participant.me().bits());
}

BOOST_AUTO_TEST_CASE(a_lock_in_use_is_given_a_moment_even_when_there_is_no_time) {
    const Arena arena;
    const auto holder = arena.another();
    robust::try_lock(lock_of(arena), holder->participant);
    BOOST_TEST((time_of([&] {
                    BOOST_TEST((robust::lock(lock_of(arena), arena.self->participant, {at_once}) ==
                                Locked::too_late));
                }) >= 20ms));
}

BOOST_AUTO_TEST_CASE(signal_handler_ends_the_wait_where_interruption_is_allowed) {
    const Arena arena;
    const auto holder = arena.another();
    robust::try_lock(lock_of(arena), holder->participant);
    const Alarms alarms;
    BOOST_TEST(
        (robust::lock(lock_of(arena), arena.self->participant, {never}) == Locked::interrupted));
    const Deadline soon{100ms};
    BOOST_TEST(
        (robust::lock(lock_of(arena), arena.self->participant, {soon, false}) == Locked::too_late));
}

BOOST_AUTO_TEST_CASE(threads_and_processes_exclude_each_other) {
    const Arena arena;
    auto& count = arena.memory.body().present[0]; // any word of the memory will do
    constexpr int each = 20'000;
    const auto work = [&](const robust::Participant& self) {
        for (int i = 0; i < each; ++i) {
            (void)robust::lock(lock_of(arena), self, {never});
            count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            robust::unlock(lock_of(arena));
        }
    };
    const pid_t child = fork();
    if (child == 0) {
        work(arena.another()->participant);
        _exit(0);
    }
    {
        const std::jthread one{[&] { work(arena.self->participant); }};
        const std::jthread two{[&] { work(arena.self->participant); }};
        work(arena.another()->participant);
    }
    waitpid(child, nullptr, 0);
    BOOST_TEST(count.load() == 4U * each);
}

BOOST_AUTO_TEST_CASE(running_holder_without_progress_for_ten_seconds_is_stuck) {
    const Arena arena;
    const auto holder = arena.another();
    robust::try_lock(lock_of(arena), holder->participant);
    BOOST_TEST((time_of([&] {
                    BOOST_TEST((robust::lock(lock_of(arena), arena.self->participant, {never}) ==
                                Locked::stuck));
                }) >= 10s));
}
