// SPDX-License-Identifier: BSL-1.0

// Negative controls for the random kills: raw Boost is soon seen to hang, an unsafe queue to lose
// and double messages. The kernel's queue does neither.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "random_kills.hpp"

using namespace crash;
using namespace std::chrono_literals;

namespace {

const Mix in_the_kernel{.name = "random kills", .shape = {.capacity = 8}};

} // namespace

BOOST_AUTO_TEST_CASE(random_kills_soon_hang_raw_boost) {
    if (!can_kill()) {
        return;
    }
    const Mix mix{.name = "raw Boost, random kills"};
    const Figures figures = RandomKills{raw_boost, mix, 1, 2s}.kill(1000, 20);
    std::cout << to_string(figures) << '\n'
              << "raw Boost: hung for good within " << figures.kills << " random kills"
              << std::endl;
    BOOST_TEST(figures.hung == 1U);
}

BOOST_AUTO_TEST_CASE(random_kills_show_that_an_unsafe_queue_loses_or_doubles_messages) {
    if (can_kill()) {
        const Figures figures = RandomKills{unsafe_queue, in_the_kernel, 1, 10s}.kill(300, 100);
        std::cout << "unsafe queue, " << to_string(figures) << ": " << figures.first_complaint
                  << std::endl;
        BOOST_TEST(figures.lost + figures.duplicated > 0U);
        BOOST_TEST(figures.hung == 0U);
    }
}

BOOST_AUTO_TEST_CASE(random_kills_lose_nothing_in_the_kernels_queue) {
    if (can_kill()) {
        Figures figures = RandomKills{kernel, in_the_kernel, 1, 10s}.kill(500, 100);
        figures.what = "kernel, " + figures.what;
        expect_faultless(figures);
    }
}
