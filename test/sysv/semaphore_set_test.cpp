// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <chrono>
#include <fstream>
#include <stop_token>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"
#include "sysv/fixture.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

using crex::sysv::Operation;
using crex::sysv::SemaphoreSet;
using Values = std::vector<unsigned>;

// Three semaphores: 1, 0 and 5.
struct Set {
    std::int32_t key = unique_key();
    SemaphoreSet set{key, crex::O_CREX, {.initial_values = {1, 0, 5}}};
    crex::sysv::RemoveOnDestroy<SemaphoreSet> removed{set};
};

// The system's limit of operations in one call.
std::size_t operations_max() {
    std::size_t skipped = 0;
    std::size_t max = 0;
    std::ifstream{"/proc/sys/kernel/sem"} >> skipped >> skipped >> max;
    return max;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(set_has_the_given_values, Set) {
    BOOST_TEST(set.size() == 3U);
    BOOST_TEST((set.values() == Values{1, 0, 5}));
    BOOST_TEST(set.value(2) == 5U);
    BOOST_TEST((SemaphoreSet{key, 0, {.size = 2}}.size() == 3U));
    expect_invalid([&] { SemaphoreSet(key, 0, {.size = 4}); });
}

BOOST_AUTO_TEST_CASE(semaphores_without_an_initial_value_are_zero) {
    const auto key = unique_key();
    OnlyHere<SemaphoreSet> set{SemaphoreSet{key, crex::O_CREX, {.size = 3, .initial_values = {4}}}};
    BOOST_TEST((set->values() == Values{4, 0, 0}));
}

BOOST_AUTO_TEST_CASE(impossible_sets_are_invalid_and_create_nothing) {
    const auto key = unique_key();
    const auto create = [&](std::size_t size, Values values) {
        expect_invalid([&] {
            SemaphoreSet(key, crex::O_CREX, {.size = size, .initial_values = std::move(values)});
        });
    };
    create(0, {});
    create(1, {1, 2});
    create(0, {crex::sysv::semaphore_value_max + 1});
    create(65'536, {});
    create(65'535, {});
    BOOST_TEST(!SemaphoreSet::try_open(key));
    const auto error = thrown_by<std::invalid_argument>(
        [&] { SemaphoreSet(key, crex::O_CREX, {.size = 65'535}); });
    BOOST_TEST(contains(error.what(), "/proc/sys/kernel/sem"), error.what());
}

BOOST_FIXTURE_TEST_CASE(operations_are_all_done_or_none, Set) {
    BOOST_TEST(set.try_operate({{0, -1}, {1, +2}, {2, -5}}));
    BOOST_TEST((set.values() == Values{0, 2, 0}));
    BOOST_TEST(!set.try_operate({{1, -2}, {0, -1}}));
    BOOST_TEST((set.values() == Values{0, 2, 0}));
    expect_error<crex::Error>(EOVERFLOW, [&] { set.operate({{0, +1}, {1, +32'766}}); });
    BOOST_TEST((set.values() == Values{0, 2, 0}));
}

BOOST_FIXTURE_TEST_CASE(operations_on_one_semaphore_are_done_in_order, Set) {
    BOOST_TEST(set.try_operate({{1, 0}, {1, +1}}));
    BOOST_TEST(!set.try_operate({{1, 0}, {1, +1}}));
    BOOST_TEST(set.try_operate({{1, -1}, {1, 0}}));
    BOOST_TEST(set.value(1) == 0U);
}

BOOST_FIXTURE_TEST_CASE(operations_are_never_seen_half_done, Set) {
    set.values(Values{1, 0, 0});
    auto mover = start_sysv_peer("move-to-and-fro", key);
    BOOST_TEST(mover.read_line() == "ready");
    bool whole = true;
    for (int i = 0; i < 20'000; ++i) {
        const auto values = set.values();
        whole = whole && values[0] + values[1] == 1;
    }
    mover.kill();
    BOOST_TEST(whole);
}

BOOST_FIXTURE_TEST_CASE(operations_wait_until_all_can_be_done, Set) {
    std::atomic<bool> is_done = false;
    const std::jthread waiter{[&] {
        set.operate({{0, -1}, {1, -1}, {2, -5}});
        is_done = true;
    }};
    BOOST_TEST(eventually([&] { return set.waiting_for_nonzero(1) == 1; }));
    set.operate({{0, -1}});
    set.operate({{1, +1}});
    BOOST_TEST(eventually([&] { return set.waiting_for_nonzero(0) == 1; }));
    BOOST_TEST(!is_done);
    BOOST_TEST((set.values() == Values{0, 1, 5}));
    set.operate({{0, +1}});
    BOOST_TEST(eventually([&] { return is_done.load(); }));
    BOOST_TEST((set.values() == Values{0, 0, 0}));
}

BOOST_FIXTURE_TEST_CASE(a_barrier_is_waiting_for_zero, Set) {
    const std::jthread last{[&] {
        BOOST_TEST(eventually([&] { return set.waiting_for_zero(2) == 1; }));
        set.operate({{2, -5}});
    }};
    set.operate({{2, 0}});
    BOOST_TEST(set.value(2) == 0U);
}

BOOST_FIXTURE_TEST_CASE(an_operation_that_must_not_wait_makes_all_give_up, Set) {
    expect_error<crex::BusyError>(
        ETIMEDOUT, [&] { set.operate({{.number = 1, .amount = -1, .no_wait = true}}); });
    BOOST_TEST(!set.try_operate({{0, -1}, {.number = 1, .amount = -1, .no_wait = true}}, 1h));
    const std::stop_token never = std::stop_source{}.get_token();
    BOOST_TEST(!set.try_operate({{.number = 1, .amount = -1, .no_wait = true}}, never));
    BOOST_TEST((set.values() == Values{1, 0, 5}));
}

BOOST_FIXTURE_TEST_CASE(timeouts_are_busy_errors_and_never_early, Set) {
    const std::array<Operation, 1> take{{{1, -1}}};
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { set.operate(take, 50ms); });
                }) >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!set.try_operate(take, 30ms)); }) >= 30ms));
    BOOST_TEST(!set.try_operate(take));
}

BOOST_FIXTURE_TEST_CASE(undo_takes_back_each_operation_that_asked_for_it, Set) {
    BOOST_TEST(in_child([&] {
                   set.operate({{.number = 0, .amount = -1, .undo = true},
                                {.number = 1, .amount = 3, .undo = true},
                                {.number = 2, .amount = -2}});
                   return set.values() == Values{0, 3, 3} ? done : no;
               }) == done);
    BOOST_TEST((set.values() == Values{1, 0, 3}));
}

BOOST_FIXTURE_TEST_CASE(values_can_be_set_one_by_one_and_together, Set) {
    set.value(1, 9);
    BOOST_TEST((set.values() == Values{1, 9, 5}));
    set.values(Values{7, 8, 9});
    BOOST_TEST((set.values() == Values{7, 8, 9}));
    expect_invalid([&] { set.values(Values{1, 2}); });
    expect_invalid([&] { set.values(Values{1, 2, 32'768}); });
    expect_invalid([&] { set.value(0, 32'768); });
    BOOST_TEST((set.values() == Values{7, 8, 9}));
}

BOOST_FIXTURE_TEST_CASE(set_tells_the_last_users_and_times, Set) {
    BOOST_TEST(set.last_pid(0) == getpid());
    BOOST_TEST(set.waiting_for_zero(0) == 0U);
    BOOST_TEST(set.last_operation_time().has_value());
    BOOST_TEST(set.last_change_time().has_value());
    BOOST_TEST((std::chrono::system_clock::now() - *set.last_change_time() < 1h));
}

BOOST_FIXTURE_TEST_CASE(number_outside_the_set_is_invalid, Set) {
    for (const std::size_t number : {std::size_t{3}, std::size_t{65'535}, std::size_t{65'536}}) {
        expect_invalid([&] { set.operate({{number, +1}}); });
        expect_invalid([&] { (void)set.value(number); });
        expect_invalid([&] { set.value(number, 1); });
        expect_invalid([&] { (void)set.last_pid(number); });
        expect_invalid([&] { (void)set.waiting_for_zero(number); });
    }
}

BOOST_FIXTURE_TEST_CASE(operations_that_can_never_be_are_invalid, Set) {
    expect_invalid([&] { set.operate(std::span<const Operation>{}); });
    expect_invalid([&] { set.operate({{0, +32'768}}); });
    expect_invalid([&] { set.operate({{0, -32'768}}); });
    const std::vector<Operation> most(operations_max(), Operation{1, 0});
    BOOST_TEST(set.try_operate(most));
    const std::vector<Operation> too_many(operations_max() + 1, Operation{1, 0});
    const auto error = thrown_by<std::invalid_argument>([&] { set.operate(too_many); });
    BOOST_TEST(contains(error.what(), "/proc/sys/kernel/sem"), error.what());
}

BOOST_FIXTURE_TEST_CASE(waiters_for_a_removed_set_get_an_existential_error, Set) {
    const std::jthread remover{[&] {
        BOOST_TEST(eventually([&] { return set.waiting_for_nonzero(1) == 1; }));
        set.remove();
    }};
    expect_error<crex::ExistentialError>(EIDRM, [&] { set.operate({{1, -1}}); });
}

BOOST_FIXTURE_TEST_CASE(a_signal_and_a_stop_token_end_the_wait, Set) {
    std::stop_source source;
    const std::stop_token stop = source.get_token();
    const std::array<Operation, 1> take{{{1, -1}}};
    {
        const Alarms alarms;
        expect_error<crex::SignalError>(EINTR, [&] { set.operate(take); });
        expect_error<crex::SignalError>(EINTR, [&] { set.operate(take, 1h); });
    }
    const std::jthread stopper{[&] {
        std::this_thread::sleep_for(60ms);
        source.request_stop();
    }};
    expect_error<crex::StoppedError>(ECANCELED, [&] { set.operate(take, stop); });
}
