// SPDX-License-Identifier: BSL-1.0

// Recovery may itself be killed. One process is killed in each state of an operation. The next
// process is killed in each state of its action, which must recover from the first death and go on.
// After both deaths, other processes must go on.

#include <boost/test/unit_test.hpp>

#include "crash/kill/harness/figures.hpp"
#include "experiment.hpp"

using namespace crash;

namespace {

const Pairs pairs = thorough    ? Pairs{}
                    : optimised ? Pairs{.first = 3, .second = 4}
                                : Pairs{.first = 1, .second = 2};

// Tries each scenario with every second action, or with two of them in turn where time is short.
void prove(const std::vector<Scenario>& scenarios) {
    if (!can_step()) {
        return;
    }
    const auto seconds = mending();
    const std::size_t tried = thorough ? seconds.size() : 2U;
    std::size_t turn = 0;
    for (const auto& first : scenarios) {
        Experiment experiment{robust, first};
        for (std::size_t i = 0; i < tried; ++i) {
            expect_faultless(experiment.kill_again_at(seconds[turn++ % seconds.size()], pairs));
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(recovery_from_a_kill_in_send_may_be_killed) { prove(sending()); }
BOOST_AUTO_TEST_CASE(recovery_from_a_kill_in_receive_may_be_killed) { prove(receiving()); }
BOOST_AUTO_TEST_CASE(recovery_from_a_kill_in_a_batch_may_be_killed) { prove(batches()); }
BOOST_AUTO_TEST_CASE(recovery_from_a_kill_with_a_loan_may_be_killed) { prove(loans()); }
BOOST_AUTO_TEST_CASE(recovery_from_a_kill_with_a_lease_may_be_killed) { prove(leases()); }
