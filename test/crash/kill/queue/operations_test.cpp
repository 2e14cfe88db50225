// SPDX-License-Identifier: BSL-1.0

// Each operation of the robust queue is killed before each of its instructions, and after the last.

#include <vector>

#include <boost/test/unit_test.hpp>

#include "crash/kill/harness/figures.hpp"
#include "experiment.hpp"
#include "support/expect.hpp"

using namespace crash;

namespace {

// Every instruction of a send or a receive. Few operations are longer (those that open a queue or
// scan for dead participants); they are tried at this many of their points.
const Choice usual{.points = thorough ? 100'000U : optimised ? 2500U : 100U};
const Choice long_ones{.points = thorough ? 100'000U : optimised ? 1000U : 100U};

void prove(const std::vector<Scenario>& scenarios, Choice choice = usual) {
    if (!can_step()) {
        return;
    }
    for (const auto& scenario : scenarios) {
        expect_faultless(Experiment{robust, scenario}.kill_at(choice));
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(no_kill_in_send_harms_a_survivor) { prove(sending()); }
BOOST_AUTO_TEST_CASE(no_kill_in_receive_harms_a_survivor) { prove(receiving()); }
BOOST_AUTO_TEST_CASE(no_kill_in_a_batch_harms_a_survivor) { prove(batches()); }
BOOST_AUTO_TEST_CASE(no_kill_with_a_loan_harms_a_survivor) { prove(loans()); }
BOOST_AUTO_TEST_CASE(no_kill_with_a_lease_harms_a_survivor) { prove(leases()); }
BOOST_AUTO_TEST_CASE(no_kill_with_dead_letters_harms_a_survivor) {
    prove(dead_letters(), long_ones);
}
BOOST_AUTO_TEST_CASE(no_kill_in_peek_or_stats_harms_a_survivor) { prove(looking(), long_ones); }
BOOST_AUTO_TEST_CASE(no_kill_in_open_close_unlink_shutdown_or_repair_harms_a_survivor) {
    prove(life(), long_ones);
}
BOOST_AUTO_TEST_CASE(no_kill_leaves_a_message_that_poll_does_not_see) {
    std::vector families{sending(), receiving()};
    if (thorough) {
        families.push_back(loans());
        families.push_back(leases());
    }
    for (auto& scenarios : families) {
        for (auto& scenario : scenarios) {
            scenario.name += ", polled";
            scenario.shape.polled = true;
        }
        prove(scenarios, {.points = thorough ? 100'000U : optimised ? 250U : 50U});
    }
}
BOOST_AUTO_TEST_CASE(no_kill_with_a_large_message_harms_a_survivor) {
    if (optimised) {
        prove(large(), {.points = 2});
    } else {
        test::skip("long copies are stepped through in an optimised build only");
    }
}
