// SPDX-License-Identifier: BSL-1.0

// A ring's producer and consumer are killed at random moments and replaced, again and again. Every
// record is accounted for. The same check detects users that do not follow the ring's rules.

#include <cstdlib>
#include <iostream>
#include <random>

#include <boost/test/unit_test.hpp>

#include "relay.hpp"

using namespace crash;

namespace {

const std::size_t kills = thorough ? 30'000U : 2000U;

// CREX_SEED repeats a run, as far as randomness can be repeated.
unsigned seed() {
    const char* const given = std::getenv("CREX_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    BOOST_TEST_MESSAGE("CREX_SEED=" << seed);
    return seed;
}

} // namespace

BOOST_AUTO_TEST_CASE(random_kills_lose_no_record_and_double_none) {
    if (can_kill()) {
        expect_faultless(Relay{UnsafeRole::none, seed()}.kill(kills));
    }
}

BOOST_AUTO_TEST_CASE(producer_that_commits_before_it_writes_is_detected) {
    if (can_kill()) {
        const Figures figures = Relay{UnsafeRole::producer, 1}.kill(5000);
        std::cout << "unsafe producer, " << to_string(figures) << std::endl;
        BOOST_TEST(figures.other > 0U);
    }
}

BOOST_AUTO_TEST_CASE(consumer_that_consumes_before_it_reads_is_detected) {
    if (can_kill()) {
        const Figures figures = Relay{UnsafeRole::consumer, 1}.kill(5000);
        std::cout << "unsafe consumer, " << to_string(figures) << std::endl;
        BOOST_TEST(figures.lost + figures.other > 0U);
    }
}
