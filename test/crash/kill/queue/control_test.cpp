// SPDX-License-Identifier: BSL-1.0

// Negative control: the harness catches a queue that a kill harms, and passes one that a kill does
// not harm. Both are judged in the same way as the robust queue.
//
// Raw Boost's survivors hang up to 1.77. From 1.78 on, its lock recognises a dead holder, and they
// throw. A queue should do neither.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "crash/kill/harness/figures.hpp"
#include "experiment.hpp"

using namespace crash;
using namespace std::chrono_literals;

namespace {

constexpr WaitOptions short_patience{50ms, 150ms, 10'000};

const Scenario& first_of(const std::vector<Scenario>& scenarios) { return scenarios.front(); }

void expect_harm(const Scenario& scenario) {
    const Choice choice{.points = thorough ? 1000U : 60U, .states = false};
    Experiment experiment{raw_boost, scenario, short_patience};
    const Figures figures = experiment.kill_at(choice);
    std::cout << "raw Boost, " << to_string(figures) << '\n'
              << "raw Boost, " << scenario.name << ": " << figures.hung << " of " << figures.kills
              << " points leave every later caller hung, " << figures.other
              << " make it throw: " << figures.first_complaint << std::endl;
    BOOST_TEST(figures.hung + figures.other > figures.kills / 10);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_kill_in_raw_boosts_send_makes_its_survivors_hang_or_throw) {
    if (can_step()) {
        expect_harm(first_of(sending()));
    }
}

BOOST_AUTO_TEST_CASE(a_kill_in_raw_boosts_receive_makes_its_survivors_hang_or_throw) {
    if (can_step()) {
        expect_harm(first_of(receiving()));
    }
}

BOOST_AUTO_TEST_CASE(message_lost_by_an_unsafe_queue_is_detected) {
    if (can_step()) {
        const auto fifth_message = sending().at(1);
        const Figures figures =
            Experiment{unsafe_queue, fifth_message, {.call = 50ms}}.kill_at({.points = 100});
        std::cout << "unsafe queue, " << to_string(figures) << std::endl;
        BOOST_TEST(figures.lost > 0U);
        BOOST_TEST(figures.hung == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_kill_in_the_kernels_send_or_receive_harms_nobody) {
    if (!can_step()) {
        return;
    }
    for (const auto& scenarios : {sending(), receiving()}) {
        for (const auto& scenario : scenarios) {
            Figures figures = Experiment{kernel, scenario}.kill_at({.points = 30});
            figures.what = "kernel, " + figures.what;
            expect_faultless(figures);
        }
    }
}
