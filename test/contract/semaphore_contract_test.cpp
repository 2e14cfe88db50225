// SPDX-License-Identifier: BSL-1.0

// The contract of every semaphore with a crex handle: POSIX's and crex's own.

#include <chrono>
#include <concepts>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

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
template <class T> constexpr bool is_fit = TimedLockable<T>&& std::movable<T> && !std::copyable<T>;
static_assert(is_fit<crex::Semaphore> && is_fit<crex::RobustSemaphore>);

template <class Kind> struct Fixture {
    explicit Fixture(unsigned value = 0) : semaphore{Kind::create(name, value)} {}

    std::string name = unique_name();
    Removed<Kind> removed{name};
    typename Kind::Handle semaphore;

    [[nodiscard]] Process start(const std::string& verb,
                                const std::vector<std::string>& rest = {}) const {
        std::vector<std::string> arguments{Kind::prefix + verb, name};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        return start_peer(arguments);
    }

    // A peer that is already waiting.
    [[nodiscard]] Process start_waiting(const std::vector<std::string>& rest = {}) const {
        auto peer = start("acquire", rest);
        BOOST_TEST(peer.read_line() == "ready");
        peer.wait_until_asleep();
        return peer;
    }
};

template <class Kind> struct Empty : Fixture<Kind> {};
template <class Kind> struct One : Fixture<Kind> {
    One() : Fixture<Kind>{1} {}
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(semaphore_counts_from_its_initial_value, Kind, SemaphoreKinds) {
    One<Kind> f;
    BOOST_TEST(f.semaphore.value() == 1U);
    f.semaphore.release();
    BOOST_TEST(f.semaphore.value() == 2U);
    f.semaphore.acquire();
    f.semaphore.acquire();
    BOOST_TEST(f.semaphore.value() == 0U);
    BOOST_TEST(!f.semaphore.try_acquire());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(initial_value_is_ignored_when_the_semaphore_exists, Kind,
                              SemaphoreKinds) {
    One<Kind> f;
    const auto again = Kind::create(f.name, 7, crex::o_creat);
    BOOST_TEST(again.value() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_highest_initial_value_works_and_one_more_is_invalid, Kind,
                              SemaphoreKinds) {
    const std::string name = unique_name();
    const Removed<Kind> removed{name};
    const unsigned max = crex::semaphore_value_max();
    expect_invalid([&] { Kind::create(name, max + 1); });
    BOOST_TEST(!Kind::try_open(name));
    BOOST_TEST(Kind::create(name, max).value() == max);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(releasing_above_the_maximum_is_an_overflow_error_and_changes_nothing,
                              Kind, SemaphoreKinds) {
    const unsigned max = crex::semaphore_value_max();
    Fixture<Kind> f{max - 1};
    expect_error<crex::Error>(EOVERFLOW, [&] { f.semaphore.release(2); });
    BOOST_TEST(f.semaphore.value() == max - 1);
    f.semaphore.release();
    expect_error<crex::Error>(EOVERFLOW, [&] { f.semaphore.release(); });
    BOOST_TEST(f.semaphore.value() == max);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(release_of_n_adds_n_permits, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    f.semaphore.release(3);
    BOOST_TEST(f.semaphore.value() == 3U);
    f.semaphore.release(0);
    BOOST_TEST(f.semaphore.value() == 3U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timeout_is_a_busy_error_and_never_early, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    const auto time = time_of(
        [&] { expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.semaphore.acquire(50ms); }); });
    BOOST_TEST((time >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!f.semaphore.try_acquire_for(30ms)); }) >= 30ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!f.semaphore.try_lock_for(30ms)); }) >= 30ms));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_deadline_on_any_clock_is_never_early, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    const auto steady = std::chrono::steady_clock::now() + 30ms;
    BOOST_TEST(!f.semaphore.try_acquire_until(steady));
    BOOST_TEST((std::chrono::steady_clock::now() >= steady));
    const auto wall = std::chrono::system_clock::now() + 30ms;
    BOOST_TEST(!f.semaphore.try_lock_until(wall));
    BOOST_TEST((std::chrono::system_clock::now() >= wall));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_ends_of_time_are_deadlines_too, Kind, SemaphoreKinds) {
    One<Kind> f;
    using Seconds = std::chrono::sys_seconds;
    f.semaphore.acquire();
    BOOST_TEST(!f.semaphore.try_acquire_until(std::chrono::steady_clock::time_point::min()));
    BOOST_TEST(!f.semaphore.try_acquire_until(Seconds::min()));
    f.semaphore.release();
    BOOST_TEST(f.semaphore.try_acquire_until(std::chrono::steady_clock::time_point::max()));
    f.semaphore.release();
    BOOST_TEST(f.semaphore.try_acquire_until(Seconds::max()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(zero_and_negative_timeouts_do_not_wait, Kind, SemaphoreKinds) {
    One<Kind> f;
    f.semaphore.acquire(0s);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.semaphore.acquire(0s); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.semaphore.acquire(-1h); });
    f.semaphore.release();
    BOOST_TEST(f.semaphore.try_acquire_for(-1ns));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_huge_timeout_waits_as_long_as_it_takes, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    auto peer = f.start_waiting({"9000000000000000000"});
    f.semaphore.release();
    BOOST_TEST(peer.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(release_in_another_process_wakes_this_process, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    std::thread elsewhere{[&] { BOOST_TEST(f.start("release").wait() == done); }};
    f.semaphore.acquire();
    elsewhere.join();
    BOOST_TEST(f.semaphore.value() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(release_here_wakes_another_process, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    auto peer = f.start_waiting();
    f.semaphore.release();
    BOOST_TEST(peer.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(killed_waiters_disturb_nobody, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    for (int i = 0; i < 3; ++i) {
        f.start_waiting().kill();
    }
    auto survivor = f.start_waiting();
    f.semaphore.release();
    BOOST_TEST(survivor.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(scoped_lock_gives_the_permit_back_whatever_happens_inside, Kind,
                              SemaphoreKinds) {
    One<Kind> f;
    try {
        const std::scoped_lock guard{f.semaphore};
        BOOST_TEST(f.semaphore.value() == 0U);
        throw 1;
    } catch (int) {
        BOOST_TEST(f.semaphore.value() == 1U);
    }
    const std::unique_lock timed{f.semaphore, 1s};
    BOOST_TEST(timed.owns_lock());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_signal_ends_acquire_but_not_lock, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    const Alarms alarms;
    expect_error<crex::SignalError>(EINTR, [&] { f.semaphore.acquire(); });
    expect_error<crex::SignalError>(EINTR, [&] { f.semaphore.acquire(1h); });
    expect_error<crex::SignalError>(EINTR, [&] { (void)f.semaphore.try_acquire_for(1h); });
    BOOST_TEST((time_of([&] { BOOST_TEST(!f.semaphore.try_lock_for(100ms)); }) >= 100ms));
    std::thread elsewhere{[&] {
        std::this_thread::sleep_for(100ms);
        f.semaphore.release();
    }};
    f.semaphore.lock();
    elsewhere.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_ends_another_process_s_wait, Kind, SemaphoreKinds) {
    Empty<Kind> f;
    auto peer = f.start_waiting();
    BOOST_TEST(peer.wait_after(SIGINT) == signal_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_forked_child_shares_the_handle, Kind, SemaphoreKinds) {
    One<Kind> f;
    const pid_t child = fork();
    if (child == 0) {
        f.semaphore.release();
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    BOOST_TEST(f.semaphore.value() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(file_that_cannot_be_a_semaphore_is_a_corrupt_error_not_a_crash, Kind,
                              SemaphoreKinds) {
    const std::string name = unique_name();
    const Removed<Kind> removed{name};
    const std::string path = Kind::path(name);
    std::ofstream{path}.close();
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { Kind::open(name); });
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { Kind::open(name, crex::o_creat); });
    std::filesystem::remove(path);
    BOOST_TEST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { Kind::open(name); });
}

// POSIX semaphores cannot do better; the header says so.
BOOST_AUTO_TEST_CASE(a_killed_holder_takes_its_permit_with_it) {
    One<Semaphores> f;
    auto peer = f.start("hold");
    BOOST_TEST(peer.read_line() == "ready");
    peer.kill();
    BOOST_TEST(f.semaphore.value() == 0U);
}
