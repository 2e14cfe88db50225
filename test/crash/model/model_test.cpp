// SPDX-License-Identifier: BSL-1.0

// The robust queue's locks, recovery and waiting: every order of steps, with deaths between any two
// of them. Tests of the library itself can only sample these orders; here they are complete, for a
// few processes. The argument for crash safety is in lib/DESIGN.md.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "crash/model/event_count.hpp"
#include "crash/model/two_ends.hpp"

using namespace model;

namespace {

using Job = TwoEnds::Job;
using Jobs = std::vector<Job>;
using BrokenLocks = TwoEnds::Broken;
using BrokenCount = EventCount::Broken;
using Sizes = std::vector<std::pair<std::size_t, std::size_t>>;

// No process dies and timeouts never fire, but waiters may give up.
constexpr Limits undisturbed{.leaving = true};

// Timeouts fire as early and as often as possible. This many processes die, and this many new ones
// take the place of dead ones.
constexpr Limits fates(int deaths, int births) {
    return {.deaths = deaths, .timeouts = true, .births = births};
}

const std::vector<Jobs> pairs{
    {Job::send, Job::send},    {Job::send, Job::receive}, {Job::send, Job::meet},
    {Job::receive, Job::meet}, {Job::meet, Job::meet},
};
const std::vector<Jobs> trios{
    {Job::send, Job::send, Job::send},    {Job::send, Job::send, Job::receive},
    {Job::send, Job::receive, Job::meet}, {Job::send, Job::meet, Job::meet},
    {Job::receive, Job::meet, Job::meet},
};

std::string story(const Verdict& verdict) {
    std::string text = "violation " + std::to_string(verdict.violation) +
                       (verdict.stuck ? ", and a process waits forever" : "");
    for (const auto& state : verdict.path) {
        text += "\n  " + state;
    }
    return text;
}

void sum_up(Verdict& total, const Verdict& verdict) {
    BOOST_TEST(verdict.holds(), story(verdict));
    total.states += verdict.states;
    total.periods = std::max(total.periods, verdict.periods);
}

// The largest number of re-check periods that the survivors needed.
int report(const Verdict& total) {
    std::cout << total.states << " states; after the last death at most " << total.periods
              << " re-check period(s)" << std::endl;
    return total.periods;
}

int periods_needed_at_locks(const std::vector<Jobs>& companies, Limits limits) {
    Verdict total;
    for (const auto& jobs : companies) {
        sum_up(total, explore(TwoEnds{jobs}, limits));
    }
    return report(total);
}

int periods_needed_at_event_count(const Sizes& sizes, Limits limits) {
    Verdict total;
    for (const auto& [producers, consumers] : sizes) {
        sum_up(total, explore(EventCount{producers, consumers}, limits));
    }
    return report(total);
}

Verdict fault_of(BrokenLocks broken, const Jobs& jobs, Limits limits) {
    const Verdict verdict = explore(TwoEnds{jobs, broken}, limits);
    BOOST_TEST_MESSAGE("variant " << static_cast<int>(broken) << ": " << story(verdict));
    return verdict;
}

void expect_violation(BrokenLocks broken, TwoEnds::Violation violation, const Jobs& jobs,
                      int number_of_deaths) {
    const Verdict verdict = fault_of(broken, jobs, fates(number_of_deaths, 1));
    BOOST_TEST(verdict.violation == violation, "variant " << static_cast<int>(broken));
}

void expect_endless_wait(BrokenLocks broken, const Jobs& jobs, Limits limits) {
    BOOST_TEST(fault_of(broken, jobs, limits).stuck, "variant " << static_cast<int>(broken));
}

void expect_lost_wake(BrokenCount broken) {
    const Verdict verdict = explore(EventCount{2, 2, broken}, undisturbed);
    BOOST_TEST_MESSAGE("variant " << static_cast<int>(broken) << ": " << story(verdict));
    BOOST_TEST(verdict.stuck, "variant " << static_cast<int>(broken));
}

} // namespace

BOOST_AUTO_TEST_CASE(locks_need_no_time_out_without_deaths) {
    BOOST_TEST(periods_needed_at_locks(pairs, undisturbed) == 0);
    BOOST_TEST(periods_needed_at_locks(trios, undisturbed) == 0);
}

BOOST_AUTO_TEST_CASE(early_time_outs_do_no_harm_at_the_locks) {
    BOOST_TEST(periods_needed_at_locks(trios, fates(0, 0)) == 0);
}

BOOST_AUTO_TEST_CASE(survivors_of_two_go_on_after_any_three_deaths) {
    BOOST_TEST(periods_needed_at_locks(pairs, fates(3, 2)) <= 1);
}

BOOST_AUTO_TEST_CASE(survivors_of_three_go_on_after_any_deaths) {
    BOOST_TEST(periods_needed_at_locks(trios, fates(3, 0)) <= 1);
}

BOOST_AUTO_TEST_CASE(survivors_of_three_go_on_when_a_dead_process_is_replaced) {
    BOOST_TEST(periods_needed_at_locks(trios, fates(1, 1)) <= 1);
}

BOOST_AUTO_TEST_CASE(wake_ups_are_not_lost_without_deaths) {
    BOOST_TEST(
        periods_needed_at_event_count({{1, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 2}}, undisturbed) == 0);
}

BOOST_AUTO_TEST_CASE(wake_up_lost_with_its_waker_costs_one_re_check) {
    BOOST_TEST(periods_needed_at_event_count({{1, 3}, {3, 1}, {2, 2}, {3, 2}}, fates(1, 0)) == 1);
    BOOST_TEST(periods_needed_at_event_count({{1, 3}, {3, 1}, {2, 2}}, fates(3, 0)) == 1);
}

// Negative controls: the explorer must find each of these faults.

BOOST_AUTO_TEST_CASE(takeover_without_needs_recovery_lets_the_next_holder_touch_a_wreck) {
    expect_violation(BrokenLocks::takes_over_silently, TwoEnds::wreck_touched,
                     {Job::send, Job::send}, 1);
    expect_violation(BrokenLocks::takes_over_first, TwoEnds::wreck_touched, {Job::send, Job::send},
                     1);
}

BOOST_AUTO_TEST_CASE(needs_recovery_read_before_locking_comes_too_late) {
    expect_violation(BrokenLocks::looks_before_locking, TwoEnds::wreck_touched,
                     {Job::send, Job::send, Job::send}, 1);
}

BOOST_AUTO_TEST_CASE(lock_without_a_generation_is_taken_from_a_living_holder) {
    expect_violation(BrokenLocks::ignores_generations, TwoEnds::two_at_once,
                     {Job::send, Job::send, Job::send}, 1);
}

BOOST_AUTO_TEST_CASE(rebuilding_needs_both_locks) {
    expect_violation(BrokenLocks::rebuilds_under_one_lock, TwoEnds::two_at_once,
                     {Job::send, Job::send, Job::receive}, 1);
}

BOOST_AUTO_TEST_CASE(change_of_both_ends_needs_both_locks) {
    expect_violation(BrokenLocks::meets_under_s, TwoEnds::two_at_once, {Job::meet, Job::receive},
                     0);
}

BOOST_AUTO_TEST_CASE(locks_taken_in_another_order_hang_the_survivors) {
    expect_endless_wait(BrokenLocks::rebuilds_in_reverse, {Job::send, Job::receive, Job::meet},
                        fates(1, 0));
}

BOOST_AUTO_TEST_CASE(lock_with_any_step_of_its_wait_wrong_loses_a_wake_up) {
    for (const BrokenLocks broken :
         {BrokenLocks::sleeps_on_the_word, BrokenLocks::reads_ticket_late,
          BrokenLocks::raises_flag_late, BrokenLocks::never_raises_flag,
          BrokenLocks::wakes_before_releasing}) {
        expect_endless_wait(broken, {Job::send, Job::send, Job::send}, undisturbed);
    }
}

BOOST_AUTO_TEST_CASE(event_count_with_any_step_wrong_loses_a_wake_up) {
    for (const BrokenCount broken :
         {BrokenCount::reads_ticket_late, BrokenCount::raises_flag_late,
          BrokenCount::raises_flag_once, BrokenCount::wakes_too_early, BrokenCount::keeps_ticket,
          BrokenCount::stops_the_chain, BrokenCount::leaves_when_woken}) {
        expect_lost_wake(broken);
    }
}
