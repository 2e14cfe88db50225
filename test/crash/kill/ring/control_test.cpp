// SPDX-License-Identifier: BSL-1.0

// Negative control: the harness catches users of a ring that a kill harms.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "crash/kill/queue/experiment.hpp"
#include "experiment.hpp"

using namespace crash;

namespace {

Figures figures_of(const RingScenario& scenario) {
    const Figures figures = RingExperiment{scenario}.kill_at(optimised ? 1500 : 300);
    std::cout << to_string(figures) << std::endl;
    return figures;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_record_committed_before_it_is_written_is_seen_half_written) {
    if (can_step()) {
        const Figures figures = figures_of(publishes_before_writing());
        BOOST_TEST(figures.other > 10U);
        BOOST_TEST(figures.other < figures.kills);
    }
}

BOOST_AUTO_TEST_CASE(record_consumed_before_it_is_read_is_detected_as_lost) {
    if (can_step()) {
        const Figures figures = figures_of(consumes_before_reading());
        BOOST_TEST(figures.lost > 10U);
        BOOST_TEST(figures.lost < figures.kills);
    }
}

BOOST_AUTO_TEST_CASE(a_record_that_comes_twice_is_noticed) {
    if (can_step()) {
        const Figures figures = figures_of(sends_twice());
        BOOST_TEST(figures.duplicated > 10U);
        BOOST_TEST(figures.duplicated < figures.kills);
    }
}
