// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <concepts>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/signals.hpp"
#include "support/unique_name.hpp"

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
static_assert(TimedLockable<crex::Semaphore>);
static_assert(std::movable<crex::Semaphore> && !std::copyable<crex::Semaphore>);

struct Fixture {
    explicit Fixture(unsigned value = 0)
        : semaphore{name, crex::O_CREX, {.initial_value = value}} {}

    std::string name = unique_name();
    Removed<Semaphores> removed{name};
    crex::Semaphore semaphore;
};

struct Empty : Fixture {};
struct One : Fixture {
    One() : Fixture{1} {}
};

} // namespace

BOOST_FIXTURE_TEST_CASE(it_counts_from_its_initial_value, One) {
    BOOST_TEST(semaphore.value() == 1U);
    semaphore.release();
    BOOST_TEST(semaphore.value() == 2U);
    semaphore.acquire();
    semaphore.acquire();
    BOOST_TEST(semaphore.value() == 0U);
    BOOST_TEST(!semaphore.try_acquire());
}

BOOST_FIXTURE_TEST_CASE(the_initial_value_of_an_existing_one_is_ignored, One) {
    const crex::Semaphore again{name, crex::o_creat, {.initial_value = 7}};
    BOOST_TEST(again.value() == 1U);
}

BOOST_AUTO_TEST_CASE(the_highest_initial_value_works_and_one_more_is_invalid) {
    const std::string name = unique_name();
    const Removed<Semaphores> removed{name};
    const unsigned max = crex::semaphore_value_max();
    expect_invalid([&] { crex::Semaphore(name, crex::O_CREX, {.initial_value = max + 1}); });
    BOOST_TEST(!crex::Semaphore::try_open(name));
    const crex::Semaphore semaphore{name, crex::O_CREX, {.initial_value = max}};
    BOOST_TEST(semaphore.value() == max);
}

BOOST_AUTO_TEST_CASE(releasing_above_the_maximum_is_an_overflow_error_and_changes_nothing) {
    const std::string name = unique_name();
    const Removed<Semaphores> removed{name};
    const unsigned max = crex::semaphore_value_max();
    crex::Semaphore semaphore{name, crex::O_CREX, {.initial_value = max - 1}};
    expect_error<crex::Error>(EOVERFLOW, [&] { semaphore.release(2); });
    BOOST_TEST(semaphore.value() == max - 1);
    semaphore.release();
    expect_error<crex::Error>(EOVERFLOW, [&] { semaphore.release(); });
    BOOST_TEST(semaphore.value() == max);
}

BOOST_FIXTURE_TEST_CASE(releasing_n_lets_n_in, Empty) {
    semaphore.release(3);
    BOOST_TEST(semaphore.value() == 3U);
    semaphore.release(0);
    BOOST_TEST(semaphore.value() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_timeout_is_a_busy_error_and_never_early, Empty) {
    const auto time = time_of(
        [&] { expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire(50ms); }); });
    BOOST_TEST((time >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.try_acquire_for(30ms)); }) >= 30ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.try_lock_for(30ms)); }) >= 30ms));
}

BOOST_FIXTURE_TEST_CASE(a_deadline_on_any_clock_is_never_early, Empty) {
    const auto steady = std::chrono::steady_clock::now() + 30ms;
    BOOST_TEST(!semaphore.try_acquire_until(steady));
    BOOST_TEST((std::chrono::steady_clock::now() >= steady));
    const auto wall = std::chrono::system_clock::now() + 30ms;
    BOOST_TEST(!semaphore.try_lock_until(wall));
    BOOST_TEST((std::chrono::system_clock::now() >= wall));
}

BOOST_FIXTURE_TEST_CASE(the_ends_of_time_are_deadlines_too, One) {
    using Seconds = std::chrono::sys_seconds;
    semaphore.acquire();
    BOOST_TEST(!semaphore.try_acquire_until(std::chrono::steady_clock::time_point::min()));
    BOOST_TEST(!semaphore.try_acquire_until(Seconds::min()));
    semaphore.release();
    BOOST_TEST(semaphore.try_acquire_until(std::chrono::steady_clock::time_point::max()));
    semaphore.release();
    BOOST_TEST(semaphore.try_acquire_until(Seconds::max()));
}

BOOST_FIXTURE_TEST_CASE(zero_and_negative_timeouts_do_not_wait, One) {
    semaphore.acquire(0s);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire(0s); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire(-1h); });
    semaphore.release();
    BOOST_TEST(semaphore.try_acquire_for(-1ns));
}

BOOST_FIXTURE_TEST_CASE(a_huge_timeout_waits_as_long_as_it_takes, Empty) {
    auto peer = start_peer({"acquire", name, "9000000000000000000"});
    BOOST_TEST(peer.read_line() == "ready");
    peer.wait_until_asleep();
    semaphore.release();
    BOOST_TEST(peer.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(release_in_another_process_wakes_this_one, Empty) {
    std::thread elsewhere{[&] { BOOST_TEST(run_peer({"release", name}) == done); }};
    semaphore.acquire();
    elsewhere.join();
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(release_here_wakes_another_process, Empty) {
    auto peer = start_peer({"acquire", name});
    BOOST_TEST(peer.read_line() == "ready");
    peer.wait_until_asleep();
    semaphore.release();
    BOOST_TEST(peer.wait() == done);
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(killed_waiters_disturb_nobody, Empty) {
    for (int i = 0; i < 3; ++i) {
        auto peer = start_peer({"acquire", name});
        BOOST_TEST(peer.read_line() == "ready");
        peer.wait_until_asleep();
        peer.kill();
    }
    auto survivor = start_peer({"acquire", name});
    BOOST_TEST(survivor.read_line() == "ready");
    survivor.wait_until_asleep();
    semaphore.release();
    BOOST_TEST(survivor.wait() == done);
}

// No POSIX semaphore can do better; the header says so.
BOOST_FIXTURE_TEST_CASE(a_killed_holder_takes_its_permit_with_it, One) {
    auto peer = start_peer({"hold", name});
    BOOST_TEST(peer.read_line() == "ready");
    peer.kill();
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_scoped_lock_gives_back_whatever_happens_inside, One) {
    try {
        const std::scoped_lock guard{semaphore};
        BOOST_TEST(semaphore.value() == 0U);
        throw 1;
    } catch (int) {
        BOOST_TEST(semaphore.value() == 1U);
    }
    const std::unique_lock timed{semaphore, 1s};
    BOOST_TEST(timed.owns_lock());
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_acquire_but_not_lock, Empty) {
    const Alarms alarms;
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

BOOST_FIXTURE_TEST_CASE(ctrl_c_ends_another_process_s_wait, Empty) {
    auto peer = start_peer({"acquire", name});
    BOOST_TEST(peer.read_line() == "ready");
    peer.wait_until_asleep();
    peer.signal(SIGINT);
    BOOST_TEST(peer.wait() == signal_error);
}

BOOST_FIXTURE_TEST_CASE(a_forked_child_shares_the_handle, One) {
    const pid_t child = fork();
    if (child == 0) {
        semaphore.release();
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    BOOST_TEST(semaphore.value() == 2U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_semaphore_is_a_corrupt_error_not_a_crash) {
    const std::string name = unique_name();
    const Removed<Semaphores> removed{name};
    const std::string path = Semaphores::path(name);
    std::ofstream{path}.close();
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { crex::Semaphore{name}; });
    expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                     [&] { crex::Semaphore(name, crex::o_creat); });
    std::filesystem::remove(path);
    BOOST_TEST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { crex::Semaphore{name}; });
}
