// SPDX-License-Identifier: BSL-1.0

// Participants of one queue are killed at random moments and replaced, again and again. Every
// message that they sent is accounted for.

#include <cstdlib>
#include <random>

#include <boost/test/unit_test.hpp>

#include "random_kills.hpp"

using namespace crash;
using namespace std::chrono_literals;

namespace {

const std::size_t kills_each = thorough ? 17'000U : 1700U;

// CREX_SEED repeats a run, as far as randomness can be repeated.
unsigned seed() {
    const char* const given = std::getenv("CREX_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    BOOST_TEST_MESSAGE("CREX_SEED=" << seed);
    return seed;
}

void prove(const Mix& mix) {
    if (can_kill()) {
        expect_faultless(RandomKills{robust, mix, seed(), 10s}.kill(kills_each, 100));
    }
}

using enum Job;

} // namespace

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_of_one_priority) {
    prove({.name = "random kills, one priority"});
}

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_of_many_priorities) {
    prove({.name = "random kills, 32 priorities", .priorities = 32});
}

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_in_a_tiny_queue) {
    prove({.name = "random kills, room for two", .shape = {.capacity = 2}});
}

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_with_loans_and_leases) {
    prove({.name = "random kills, loans and leases",
           .priorities = 4,
           .senders = {sends, lends, sends, lends},
           .receivers = {receives, leases, leases, receives},
           .keeps_order = false});
}

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_in_batches) {
    prove({.name = "random kills, batches",
           .shape = {.capacity = 64},
           .senders = {sends_many, sends, sends_many, sends},
           .receivers = {receives_many, receives, receives_many, receives}});
}

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_of_large_messages) {
    prove({.name = "random kills, 64 KiB",
           .shape = {.capacity = 8},
           .message_size = longest_message,
           .keeps_order = false});
}
