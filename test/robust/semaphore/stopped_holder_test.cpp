// SPDX-License-Identifier: BSL-1.0

// A process is stopped inside a robust semaphore's lock. No process may take the lock over, and no
// call with a deadline may wait for it beyond that.

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <unistd.h>

#include <crex/robust_semaphore.hpp>

#include "helpers/outcome.hpp"
#include "helpers/outcome_of.hpp"
#include "robust/lock.hpp"
#include "robust/segment.hpp"
#include "robust_semaphore/permits.hpp"
#include "support/eventually.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/signals.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace robust = crex::detail::robust;

namespace {

struct Fixture {
    std::string name = unique_name();
    Removed<RobustSemaphores> removed{name};
    crex::RobustSemaphore semaphore{name, crex::O_CREX, {.initial_value = 0}};
    Process holder{[this] { return stop_with_the_lock(); }};

    Fixture() {
        BOOST_TEST(eventually([&] { return state_of(holder.pid()) == 'T'; }));
    }

    [[nodiscard]] int stop_with_the_lock() const {
        const auto segment = robust::Segment::open({"test", name}, robust::semaphore_kind, false);
        robust::Participant self{
            segment->fd(),
            segment->at<robust::ParticipantEntry>(robust::participants_offset),
            segment->forks_before(),
        };
        self.join();
        const crex::detail::Deadline never{crex::no_timeout};
        auto& lock = segment->at<robust::SemaphoreBody>(robust::body_offset)->lock;
        if (robust::lock(lock, self, {never, false}) == robust::Locked::yes) {
            raise(SIGSTOP);
        }
        return no;
    }

    // Each call returns without a permit.
    void try_everything_that_has_a_deadline() {
        BOOST_TEST(!semaphore.try_acquire());
        BOOST_TEST((time_of([&] { BOOST_TEST(!semaphore.try_acquire_for(100ms)); }) >= 100ms));
        BOOST_TEST(semaphore.value() == 0U);
        const crex::RobustSemaphore another{name};
        BOOST_TEST(another.value() == 0U);
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(calls_with_a_deadline_end, Fixture) {
    try_everything_that_has_a_deadline();
}

BOOST_FIXTURE_TEST_CASE(calls_with_a_deadline_end_although_a_dead_process_must_be_reaped, Fixture) {
    for (int i = 0; i < 2; ++i) {
        Process dead{[&]() -> int {
            const crex::RobustSemaphore mine{name};
            pause();
            return no;
        }};
        dead.wait_until_asleep();
        dead.kill();
        try_everything_that_has_a_deadline();
    }
}

BOOST_FIXTURE_TEST_CASE(killed_holder_delays_no_call, Fixture) {
    holder.kill();
    BOOST_TEST(semaphore.value() == 0U);
    crex::RobustSemaphore another{name};
    BOOST_TEST(!another.try_acquire_for(100ms));
}

// The release waits for the lock. The handle's memory goes with the handle.
BOOST_FIXTURE_TEST_CASE(closing_ends_a_release_that_waits, Fixture) {
    crex::RobustSemaphore another{name};
    std::atomic<pid_t> releasing{0};
    int outcome = no;
    std::thread thread{[&] {
        releasing = gettid();
        outcome = outcome_of([&] { return another.release(), done; });
    }};
    BOOST_TEST(eventually([&] { return releasing != 0; }));
    wait_until_asleep(releasing);
    another.close();
    thread.join();
    BOOST_TEST(outcome == existential_error);
}
