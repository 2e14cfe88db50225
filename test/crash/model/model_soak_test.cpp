// SPDX-License-Identifier: BSL-1.0

// model_test.cpp with more deaths: some 20 million states in each case.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "crash/model/two_ends.hpp"

using namespace model;

namespace {

using Job = TwoEnds::Job;

void expect_to_hold(const std::vector<Job>& jobs) {
    const Verdict verdict = explore(TwoEnds{jobs}, {.deaths = 2, .timeouts = true, .births = 1});
    std::cout << verdict.states << " states; after the last death at most " << verdict.periods
              << " re-check period(s)" << std::endl;
    BOOST_TEST(verdict.holds());
    BOOST_TEST(verdict.periods <= 1);
}

} // namespace

BOOST_AUTO_TEST_CASE(three_senders_go_on_after_any_two_deaths) {
    expect_to_hold({Job::send, Job::send, Job::send});
}

BOOST_AUTO_TEST_CASE(both_ends_go_on_after_any_two_deaths) {
    expect_to_hold({Job::send, Job::send, Job::receive});
}

BOOST_AUTO_TEST_CASE(a_meeting_of_the_ends_goes_on_after_any_two_deaths) {
    expect_to_hold({Job::send, Job::receive, Job::meet});
}
