// SPDX-License-Identifier: BSL-1.0

// Timeouts do not depend on the time of day. In this program the wall clock is wrong by an hour, so
// that a wait until a moment on it would end at once or an hour late.

#include <atomic>
#include <chrono>

#include <boost/test/unit_test.hpp>

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/date_time/posix_time/posix_time.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>

#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/signals.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

std::atomic<long> lie_in_seconds{0};

// While an object of this class lives, the wall clock is wrong.
struct Lie {
    explicit Lie(std::chrono::seconds by) { lie_in_seconds = by.count(); }
    ~Lie() { lie_in_seconds = 0; }
    Lie(const Lie&) = delete;
    Lie& operator=(const Lie&) = delete;
};

template <class Wait> void expect_it_lasts_50ms(Wait wait) {
    for (const auto lie : {-1h, 1h}) {
        const Lie told{lie};
        BOOST_TEST((time_of(wait) >= 50ms));
    }
}

} // namespace

// These functions replace the C library's in the whole program.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    if (clock == CLOCK_REALTIME) {
        time->tv_sec += lie_in_seconds;
    }
    return result;
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    *time = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

BOOST_AUTO_TEST_CASE(a_semaphores_timeouts_do_not_depend_on_the_wall_clock) {
    crex::Semaphore semaphore{std::nullopt, crex::O_CREX};
    const Removed<Semaphores> removed{semaphore.name()};
    expect_it_lasts_50ms([&] { BOOST_TEST(!semaphore.try_acquire_for(50ms)); });
    expect_it_lasts_50ms([&] { BOOST_TEST(!semaphore.try_lock_for(50ms)); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_queues_timeouts_do_not_depend_on_the_wall_clock, Kind, QueueKinds) {
    auto queue = Kind::open(std::nullopt, crex::O_CREX);
    const Removed<Kind> removed{queue.name()};
    expect_it_lasts_50ms([&] { BOOST_TEST(!queue.try_receive_for(50ms)); });
    while (queue.try_send("x")) {
    }
    expect_it_lasts_50ms([&] { BOOST_TEST(!queue.try_send_for(50ms, "x")); });
}

// Negative control: a wait that asks the wall clock believes it.
BOOST_AUTO_TEST_CASE(raw_boost_gives_up_at_once_when_the_wall_clock_lies) {
    namespace bip = boost::interprocess;
    const std::string name = unique_name();
    const Removed<Semaphores> removed{name};
    bip::named_semaphore semaphore{bip::create_only, name.c_str(), 0};
    const Lie told{-1h};
    const auto until =
        boost::posix_time::microsec_clock::universal_time() + boost::posix_time::minutes(50);
    BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.timed_wait(until)); }) < 50min));
}
