// SPDX-License-Identifier: BSL-1.0

// Each operation of a ring is killed before each of its instructions, and after the last one. Then
// another process takes the role. No half-written record is seen, no unconsumed record is lost, and
// no consumed record comes again.

#include <boost/test/unit_test.hpp>

#include "crash/kill/queue/experiment.hpp"
#include "experiment.hpp"

using namespace crash;

namespace {

// Every instruction of the operations that matter. Taking a role also reads /proc.
const std::size_t usual = thorough ? 100'000U : optimised ? 1500U : 100U;
const std::size_t long_ones = thorough ? 100'000U : optimised ? 300U : 50U;

void prove(const std::vector<RingScenario>& scenarios, std::size_t points) {
    if (!can_step()) {
        return;
    }
    for (const auto& scenario : scenarios) {
        expect_faultless(RingExperiment{scenario}.kill_at(points));
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(no_kill_of_a_producer_harms_the_stream) { prove(ring_sending(), usual); }
BOOST_AUTO_TEST_CASE(no_kill_of_a_consumer_harms_the_stream) { prove(ring_receiving(), usual); }
BOOST_AUTO_TEST_CASE(no_kill_while_a_role_is_taken_or_given_up_harms_the_stream) {
    prove(ring_roles(), long_ones);
}
BOOST_AUTO_TEST_CASE(no_kill_leaves_the_other_role_asleep) { prove(ring_waking(), long_ones); }
