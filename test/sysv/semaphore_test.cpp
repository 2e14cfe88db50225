// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <concepts>
#include <mutex>
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

template <class T>
concept TimedLockable = requires(T t, std::chrono::steady_clock::time_point when) {
    t.lock();
    { t.try_lock() } -> std::same_as<bool>;
    t.unlock();
    { t.try_lock_for(1ms) } -> std::same_as<bool>;
    { t.try_lock_until(when) } -> std::same_as<bool>;
};
static_assert(TimedLockable<crex::sysv::Semaphore>);

using Empty = SysvSemaphore;
struct One : SysvSemaphore {
    One() : SysvSemaphore{1} {}
};
struct Five : SysvSemaphore {
    Five() : SysvSemaphore{5} {}
};

} // namespace

BOOST_FIXTURE_TEST_CASE(semaphore_counts_from_its_initial_value, One) {
    BOOST_TEST(semaphore.value() == 1U);
    semaphore.release();
    semaphore.acquire();
    semaphore.acquire();
    BOOST_TEST(semaphore.value() == 0U);
    BOOST_TEST(!semaphore.try_acquire());
}

BOOST_FIXTURE_TEST_CASE(initial_value_is_ignored_when_the_semaphore_exists, One) {
    const crex::sysv::Semaphore again{key, crex::o_creat, {.initial_value = 7}};
    BOOST_TEST(again.value() == 1U);
}

BOOST_AUTO_TEST_CASE(the_highest_value_works_and_one_more_is_invalid) {
    const unsigned max = crex::sysv::semaphore_value_max;
    const auto key = unique_key();
    expect_invalid([&] { crex::sysv::Semaphore(key, crex::O_CREX, {.initial_value = max + 1}); });
    BOOST_TEST(!crex::sysv::Semaphore::try_open(key));
    SysvSemaphore highest{max};
    BOOST_TEST(highest.semaphore.value() == max);
    highest.semaphore.acquire({}, max);
    BOOST_TEST(highest.semaphore.value() == 0U);
    expect_invalid([&] { highest.semaphore.value(max + 1); });
    expect_invalid([&] { highest.semaphore.release(max + 1); });
    expect_invalid([&] { highest.semaphore.acquire({}, max + 1); });
    expect_invalid([&] { highest.semaphore.release(0); });
    expect_invalid([&] { (void)highest.semaphore.try_acquire_for(0s, 0); });
}

BOOST_AUTO_TEST_CASE(releasing_above_the_maximum_is_an_overflow_error_and_changes_nothing) {
    const unsigned max = crex::sysv::semaphore_value_max;
    SysvSemaphore it{max - 1};
    expect_error<crex::Error>(EOVERFLOW, [&] { it.semaphore.release(2); });
    BOOST_TEST(it.semaphore.value() == max - 1);
    it.semaphore.release();
    expect_error<crex::Error>(EOVERFLOW, [&] { it.semaphore.release(); });
}

BOOST_FIXTURE_TEST_CASE(several_are_taken_and_released_at_once_or_not_at_all, Five) {
    BOOST_TEST(!semaphore.try_acquire_for(0s, 6));
    BOOST_TEST(semaphore.value() == 5U);
    semaphore.acquire({}, 4);
    BOOST_TEST(semaphore.value() == 1U);
    semaphore.release(3);
    BOOST_TEST(semaphore.value() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_timeout_is_a_busy_error_and_never_early, Empty) {
    const auto time = time_of(
        [&] { expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire(50ms); }); });
    BOOST_TEST((time >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.try_acquire_for(30ms)); }) >= 30ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.try_lock_for(30ms)); }) >= 30ms));
    const auto steady = std::chrono::steady_clock::now() + 30ms;
    BOOST_TEST(!semaphore.try_acquire_until(steady));
    BOOST_TEST((std::chrono::steady_clock::now() >= steady));
    BOOST_TEST(!semaphore.try_lock_until(std::chrono::sys_seconds::min()));
}

BOOST_FIXTURE_TEST_CASE(zero_and_negative_timeouts_do_not_wait, One) {
    semaphore.acquire(0s);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire(0s); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire(-1h); });
    semaphore.release();
    BOOST_TEST(semaphore.try_acquire_for(-1ns));
}

BOOST_FIXTURE_TEST_CASE(a_huge_timeout_waits_as_long_as_it_takes, Empty) {
    auto peer = let_sysv_peer_wait("acquire", key, {"9000000000000000000"});
    semaphore.release();
    BOOST_TEST(peer.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(release_here_wakes_another_process_and_the_reverse, Empty) {
    auto peer = let_sysv_peer_wait("acquire", key);
    semaphore.release();
    BOOST_TEST(peer.wait() == done);
    std::thread elsewhere{[&] { BOOST_TEST(run_sysv_peer("release", key) == done); }};
    semaphore.acquire();
    elsewhere.join();
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(semaphore_tells_its_waiters_and_its_last_user, One) {
    BOOST_TEST(semaphore.last_pid() == getpid());
    BOOST_TEST(semaphore.waiting_for_zero() == 0U);
    auto for_zero = let_sysv_peer_wait("wait-for-zero", key);
    BOOST_TEST(eventually([&] { return semaphore.waiting_for_zero() == 1; }));
    semaphore.acquire();
    BOOST_TEST(for_zero.wait() == done);
    auto for_more = let_sysv_peer_wait("acquire", key);
    BOOST_TEST(eventually([&] { return semaphore.waiting_for_nonzero() == 1; }));
    semaphore.release();
    BOOST_TEST(for_more.wait() == done);
    BOOST_TEST(semaphore.last_pid() == for_more.pid());
    BOOST_TEST(semaphore.last_operation_time().has_value());
}

BOOST_FIXTURE_TEST_CASE(waiting_for_zero_waits_for_zero_and_takes_nothing, One) {
    BOOST_TEST(!semaphore.try_wait_for_zero());
    const auto time = time_of(
        [&] { expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.wait_for_zero(30ms); }); });
    BOOST_TEST((time >= 30ms));
    semaphore.acquire();
    semaphore.wait_for_zero();
    BOOST_TEST(semaphore.try_wait_for_zero());
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(killed_holder_with_undo_gives_all_permits_back, Five) {
    auto holder = start_sysv_peer("hold", key, {"3"});
    BOOST_TEST(holder.read_line() == "ready");
    BOOST_TEST(semaphore.value() == 2U);
    BOOST_TEST(run_sysv_peer("acquire-with-undo", key) == done);
    BOOST_TEST(semaphore.value() == 2U);
    semaphore.acquire({}, 2);
    holder.kill();
    BOOST_TEST(semaphore.value() == 3U);
}

BOOST_FIXTURE_TEST_CASE(killed_holder_with_undo_admits_the_next_waiter, One) {
    auto holder = start_sysv_peer("hold", key);
    BOOST_TEST(holder.read_line() == "ready");
    auto next = let_sysv_peer_wait("acquire", key);
    holder.kill();
    BOOST_TEST(next.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(killed_holder_without_undo_takes_its_permit_with_it, One) {
    BOOST_TEST(run_sysv_peer("acquire", key) == done);
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(undo_is_the_handles_and_can_be_turned_on_and_off, Five) {
    BOOST_TEST(!semaphore.undo());
    BOOST_TEST(in_child([&] {
                   semaphore.acquire();
                   semaphore.undo(true);
                   semaphore.acquire();
                   return done;
               }) == done);
    BOOST_TEST(!semaphore.undo());
    BOOST_TEST(semaphore.value() == 4U);
}

BOOST_FIXTURE_TEST_CASE(setting_the_value_clears_the_pending_undo, Five) {
    auto holder = start_sysv_peer("hold", key, {"3"});
    BOOST_TEST(holder.read_line() == "ready");
    semaphore.value(7);
    holder.kill();
    BOOST_TEST(semaphore.value() == 7U);
}

BOOST_FIXTURE_TEST_CASE(forked_child_does_not_inherit_the_pending_undo_of_its_parent, One) {
    crex::sysv::Semaphore with_undo{key, 0, {.undo = true}};
    with_undo.acquire();
    BOOST_TEST(in_child([] { return done; }) == done);
    BOOST_TEST(semaphore.value() == 0U);
    // The header warns of this.
    BOOST_TEST(in_child([&] {
                   with_undo.release();
                   return semaphore.value() == 1 ? done : no;
               }) == done);
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(waiters_for_a_removed_semaphore_get_an_existential_error, Empty) {
    auto for_ever = let_sysv_peer_wait("acquire", key);
    auto for_an_hour = let_sysv_peer_wait("acquire", key, {"3600000"});
    semaphore.remove();
    BOOST_TEST(for_ever.wait() == existential_error);
    BOOST_TEST(for_an_hour.wait() == existential_error);
    expect_error<crex::ExistentialError>(EIDRM, [&] { semaphore.release(); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)semaphore.try_acquire_for(1h); });
}

BOOST_AUTO_TEST_CASE(semaphore_that_may_only_be_read_can_be_opened_for_reading_only) {
    if (geteuid() != 0) {
        skip("only root can become another user");
        return;
    }
    OnlyHere<crex::sysv::Semaphore> semaphore{crex::sysv::Semaphore{
        unique_key(), crex::O_CREX, {.mode = 0644, .initial_value = 5, .read_only = true}}};
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE(setuid(65534) == 0);
                   const auto key = semaphore->key();
                   crex::sysv::Semaphore reader{key, 0, {.read_only = true}};
                   BOOST_TEST_REQUIRE(reader.value() == 5U);
                   expect_error<crex::PermissionsError>(EACCES, [&] { reader.acquire(); });
                   expect_error<crex::PermissionsError>(EACCES,
                                                        [&] { crex::sysv::Semaphore{key}; });
                   return done;
               }) == done);
    semaphore->acquire();
}

BOOST_FIXTURE_TEST_CASE(killed_waiters_disturb_nobody, Empty) {
    for (int i = 0; i < 3; ++i) {
        let_sysv_peer_wait("acquire", key).kill();
    }
    auto survivor = let_sysv_peer_wait("acquire", key);
    semaphore.release();
    BOOST_TEST(survivor.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_acquire_but_not_lock, Empty) {
    const Alarms alarms{SA_RESTART}; // the kernel ignores the flag here
    expect_error<crex::SignalError>(EINTR, [&] { semaphore.acquire(); });
    expect_error<crex::SignalError>(EINTR, [&] { semaphore.acquire(1h); });
    expect_error<crex::SignalError>(EINTR, [&] { (void)semaphore.try_acquire_for(1h); });
    BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.try_lock_for(100ms)); }) >= 100ms));
    std::thread elsewhere{[&] {
        std::this_thread::sleep_for(100ms);
        semaphore.release();
    }};
    semaphore.lock();
    elsewhere.join();
}

BOOST_FIXTURE_TEST_CASE(a_stop_token_ends_the_wait, Empty) {
    std::stop_source source;
    const std::stop_token stop = source.get_token();
    const std::jthread stopper{[&] {
        std::this_thread::sleep_for(60ms);
        source.request_stop();
    }};
    expect_error<crex::StoppedError>(ECANCELED, [&] { semaphore.acquire(stop); });
    semaphore.release();
    expect_error<crex::StoppedError>(ECANCELED, [&] { semaphore.wait_for_zero(stop); });
}

BOOST_FIXTURE_TEST_CASE(call_with_a_stop_token_is_served_like_others, Empty) {
    const std::stop_token never = std::stop_source{}.get_token();
    const auto began = std::chrono::steady_clock::now();
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire({70ms, never}); });
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 70ms));
    const std::jthread elsewhere{[&] {
        std::this_thread::sleep_for(50ms);
        semaphore.release();
    }};
    semaphore.acquire(never);
}

BOOST_FIXTURE_TEST_CASE(threads_of_one_handle_exclude_each_other, One) {
    int inside = 0;
    long count = 0;
    const auto work = [&] {
        for (int i = 0; i < 2'000; ++i) {
            const std::scoped_lock guard{semaphore};
            count += ++inside;
            --inside;
        }
    };
    {
        const std::jthread one{work};
        const std::jthread two{work};
    }
    BOOST_TEST(count == 4'000);
    BOOST_TEST(semaphore.value() == 1U);
}
