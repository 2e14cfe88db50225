// SPDX-License-Identifier: BSL-1.0

// Each operation of the robust semaphore is killed before each of its instructions, and after the
// last one: no permit is lost, none is made, and no process hangs.

#include <iostream>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "experiment.hpp"

using namespace crash;

namespace {

const std::size_t usual = thorough ? 100'000U : optimised ? 1000U : 100U;

void prove(const std::vector<SemaphoreScenario>& scenarios) {
    if (!can_step()) {
        return;
    }
    for (const auto& scenario : scenarios) {
        expect_faultless(SemaphoreExperiment{robust_semaphore, scenario}.kill_at(usual));
    }
}

Figures figures_of(const SemaphoreSubject& subject, const SemaphoreScenario& scenario) {
    const Figures figures = SemaphoreExperiment{subject, scenario, milliseconds{20}}.kill_at(100);
    std::cout << to_string(figures) << std::endl;
    return figures;
}

} // namespace

BOOST_AUTO_TEST_CASE(no_kill_in_acquire_loses_or_makes_a_permit) { prove(acquiring()); }
BOOST_AUTO_TEST_CASE(no_kill_in_release_loses_or_makes_a_permit) { prove(releasing()); }
BOOST_AUTO_TEST_CASE(no_kill_in_open_or_close_loses_or_makes_a_permit) {
    prove(coming_and_going());
}

BOOST_AUTO_TEST_CASE(recovering_process_may_be_killed_as_well) {
    if (!can_step()) {
        return;
    }
    const Pairs pairs = thorough ? Pairs{} : optimised ? Pairs{8, 40} : Pairs{2, 4};
    std::vector scenarios = acquiring();
    for (const auto& more : {releasing(), coming_and_going()}) {
        scenarios.insert(scenarios.end(), more.begin(), more.end());
    }
    const SemaphoreScenario second = acquiring().front();
    for (const auto& first : scenarios) {
        expect_faultless(SemaphoreExperiment{robust_semaphore, first}.kill_again_at(second, pairs));
    }
}

// Negative control: the same harness on semaphores that a kill harms.

BOOST_AUTO_TEST_CASE(a_posix_semaphore_is_seen_to_lose_the_permits_of_the_dead) {
    if (can_step()) {
        BOOST_TEST(figures_of(posix_semaphore, releasing().at(1)).lost > 0U);
    }
}

BOOST_AUTO_TEST_CASE(unsafe_semaphore_is_seen_to_lose_and_make_permits) {
    if (can_step()) {
        BOOST_TEST(figures_of(unsafe_semaphore, acquiring().front()).lost > 0U);
        BOOST_TEST(figures_of(unsafe_semaphore, releasing().front()).duplicated > 0U);
    }
}
