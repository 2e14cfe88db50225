// SPDX-License-Identifier: BSL-1.0

// Recovery may itself be killed: one process is killed in each state that an operation goes
// through, and the next one in each state of what it does then, which is to mend the first one's
// leavings and to go on. After both, others must go on.

#include <boost/test/unit_test.hpp>

#include "crash/kill/harness/figures.hpp"
#include "experiment.hpp"

using namespace crash;

namespace {

constexpr Pairs pairs = thorough    ? Pairs{}
                        : optimised ? Pairs{.first = 3, .second = 4}
                                    : Pairs{.first = 1, .second = 2};

// Each with all that may come next; or, where time is short, with two of those in turn.
void prove(const std::vector<Scenario>& scenarios) {
    if (!can_step()) {
        return;
    }
    const auto seconds = mending();
    const std::size_t tried = thorough ? seconds.size() : 2;
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
