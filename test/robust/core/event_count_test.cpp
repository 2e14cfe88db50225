// SPDX-License-Identifier: BSL-1.0

// Waiting and waking.

#include <chrono>
#include <thread>

#include "arena.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;
using crex::detail::Deadline;
using crex::detail::MonitorUse;
using crex::detail::Question;
using crex::detail::Slept;
using robust::EventCount;

namespace {

const Deadline never{crex::no_timeout};
const auto no_reason = [] { return false; };

// A waiter without a reason to wake up except a wake-up.
struct Waiting : robust::Waiting {
    explicit Waiting(EventCount& event, const Deadline& deadline = never)
        : robust::Waiting{event, monitor(), deadline, Question{no_reason}} {}

    static MonitorUse& monitor() {
        static MonitorUse its;
        return its;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_sleep_ends_for_a_reason_that_comes_without_a_wake_up) {
    EventCount event{};
    std::atomic<bool> is_there{false};
    const auto has_reason = [&] { return is_there.load(); };
    robust::Waiting waiting{event, Waiting::monitor(), never, Question{has_reason}};
    std::jthread later;
    BOOST_TEST((time_of([&] {
                    later = std::jthread{[&] {
                        std::this_thread::sleep_for(120ms);
                        is_there = true;
                    }};
                    BOOST_TEST((waiting.sleep() == Slept::woken));
                }) >= 120ms));
    BOOST_TEST(is_there);
}

BOOST_AUTO_TEST_CASE(a_sleep_without_a_reason_to_end_lasts_until_the_deadline) {
    EventCount event{};
    BOOST_TEST((time_of([&] {
                    const Deadline deadline{200ms};
                    Waiting waiting{event, deadline};
                    BOOST_TEST((waiting.sleep() == Slept::timed_out));
                }) >= 200ms));
}

BOOST_AUTO_TEST_CASE(a_sleeper_announces_itself_again_after_a_waker_that_died_before_it_woke) {
    EventCount event{};
    Waiting waiting{event};
    event.sleepers = 0; // the dead waker had got this far
    BOOST_TEST((waiting.sleep() == Slept::woken));
}

BOOST_AUTO_TEST_CASE(a_wake_up_between_the_announcement_and_the_sleep_is_not_lost) {
    EventCount event{};
    Waiting waiting{event};
    robust::wake_one(event);
    BOOST_TEST((waiting.sleep() == Slept::woken));
}

BOOST_AUTO_TEST_CASE(wake_up_is_sent_only_after_a_sleeper_has_announced_itself) {
    EventCount event{};
    robust::wake_one(event);
    BOOST_TEST(event.ticket == 0U);
    Waiting waiting{event};
    robust::wake_one(event);
    BOOST_TEST(event.ticket == 1U);
    robust::wake_one(event); // a wake-up is under way
    BOOST_TEST(event.ticket == 1U);
    waiting.announce();
    robust::wake_one(event);
    BOOST_TEST(event.ticket == 2U);
}

BOOST_AUTO_TEST_CASE(waiter_that_leaves_sets_the_flag_for_other_sleepers) {
    EventCount event{};
    {
        const Waiting waiting{event};
        robust::wake_one(event);
        BOOST_TEST(!robust::has_waiters(event));
    }
    BOOST_TEST(robust::has_waiters(event));
}

BOOST_AUTO_TEST_CASE(wake_all_wakes_announced_and_unannounced_sleepers) {
    EventCount event{};
    std::atomic<int> woken{0};
    std::atomic<bool> stop{false};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                Waiting waiting{event};
                while (!stop) {
                    (void)waiting.sleep();
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
    (void)robust::since_last_wake(event); // computed without overflow
}
