// SPDX-License-Identifier: BSL-1.0

// Waiting, and being woken.

#include <chrono>
#include <thread>

#include "arena.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;
using crex::detail::Deadline;
using crex::detail::Slept;
using robust::EventCount;
using robust::Waiting;

namespace {

const Deadline never{crex::no_timeout};

} // namespace

BOOST_AUTO_TEST_CASE(nobody_sleeps_longer_than_a_recheck_period) {
    EventCount event{};
    Waiting waiting{event};
    BOOST_TEST((time_of([&] { BOOST_TEST((waiting.sleep(never) == Slept::timed_out)); }) >=
                robust::recheck_period));
}

BOOST_AUTO_TEST_CASE(a_wake_up_between_the_announcement_and_the_sleep_is_not_lost) {
    EventCount event{};
    Waiting waiting{event};
    robust::wake_one(event);
    BOOST_TEST((waiting.sleep(never) == Slept::woken));
}

BOOST_AUTO_TEST_CASE(a_wake_up_is_sent_only_when_somebody_has_announced_to_sleep) {
    EventCount event{};
    robust::wake_one(event);
    BOOST_TEST(event.ticket == 0U);
    Waiting waiting{event};
    robust::wake_one(event);
    BOOST_TEST(event.ticket == 1U);
    robust::wake_one(event); // one is under way
    BOOST_TEST(event.ticket == 1U);
    waiting.announce();
    robust::wake_one(event);
    BOOST_TEST(event.ticket == 2U);
}

BOOST_AUTO_TEST_CASE(who_has_waited_leaves_word_that_there_may_be_others) {
    EventCount event{};
    {
        const Waiting waiting{event};
        robust::wake_one(event);
        BOOST_TEST(!robust::has_waiters(event));
    }
    BOOST_TEST(robust::has_waiters(event));
}

BOOST_AUTO_TEST_CASE(all_are_woken_at_once_whether_or_not_they_are_known_to_sleep) {
    EventCount event{};
    std::atomic<int> woken{0};
    std::atomic<bool> stop{false};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                Waiting waiting{event};
                while (!stop) {
                    (void)waiting.sleep(never);
                    waiting.announce();
                }
                ++woken;
            });
        }
        std::this_thread::sleep_for(20ms);
        event.sleepers = 0;
        stop = true;
        robust::wake_all(event);
    }
    BOOST_TEST(woken == 3);
}

BOOST_AUTO_TEST_CASE(the_time_since_the_last_wake_up_is_never_negative_whatever_the_memory_says) {
    EventCount event{};
    const Waiting waiting{event};
    robust::wake_one(event);
    BOOST_TEST((robust::since_last_wake(event) >= 0ns));
    event.last_wake = std::numeric_limits<std::int64_t>::min();
    (void)robust::since_last_wake(event); // and is computed without overflow
}
