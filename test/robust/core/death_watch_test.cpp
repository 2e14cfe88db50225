// SPDX-License-Identifier: BSL-1.0

// Which of the waiting handles watches for deaths, and how often.

#include <chrono>
#include <thread>

#include "arena.hpp"
#include "robust/death_watch.hpp"

using namespace test;
using namespace std::chrono_literals;
using crex::detail::Deadline;
using crex::detail::Finding;
using crex::detail::MonitoredSleep;
using crex::detail::Question;
using robust::EventCount;
using robust::WatchingTime;

namespace {

// A handle whose threads wait.
struct Watch : robust::DeathWatch {
    Watch(const Arena& arena, Peer& its_peer)
        : robust::DeathWatch{its_peer.participant,
                             {&arena.memory.body().senders, &arena.memory.body().receivers}},
          peer{its_peer} {}

    Peer& peer;
};

struct Two {
    Arena arena;
    std::unique_ptr<Peer> another = arena.another();
    std::unique_ptr<Peer> holder = arena.another();
    Watch first{arena, *arena.self};
    Watch second{arena, *another};
};

const auto has_nothing_at_stake = [](Watch& watch) {
    return watch.watch() == Finding::nothing_at_stake;
};
const auto watches = [](Watch& watch) { return watch.watch() == Finding::at_stake; };

} // namespace

BOOST_AUTO_TEST_CASE(handles_do_not_watch_while_nothing_is_held) {
    Two all;
    BOOST_TEST(has_nothing_at_stake(all.first));
    BOOST_TEST(has_nothing_at_stake(all.second));
}

BOOST_AUTO_TEST_CASE(one_handle_watches_for_all_while_something_is_held) {
    Two all;
    all.holder->participant.holds_one_more();
    BOOST_TEST(watches(all.first));
    BOOST_TEST(has_nothing_at_stake(all.second));
    BOOST_TEST(watches(all.first));
    all.holder->participant.holds_one_less();
    BOOST_TEST(has_nothing_at_stake(all.first));
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_held_is_watched) {
    Two all;
    all.arena.memory.body().senders.word = all.holder->participant.me().bits();
    BOOST_TEST(watches(all.first));
}

BOOST_AUTO_TEST_CASE(watcher_that_holds_something_itself_is_not_relied_on) {
    Two all;
    all.first.peer.participant.holds_one_more();
    BOOST_TEST(watches(all.first));
    BOOST_TEST(watches(all.second));
    BOOST_TEST(has_nothing_at_stake(all.first)); // the second holds nothing
}

BOOST_AUTO_TEST_CASE(watcher_that_has_not_checked_for_a_while_is_replaced) {
    Two all;
    all.holder->participant.holds_one_more();
    BOOST_TEST(watches(all.first));
    std::this_thread::sleep_for(2 * crex::detail::short_recheck_period);
    BOOST_TEST(watches(all.second));
}

BOOST_AUTO_TEST_CASE(a_watcher_that_is_dead_or_no_participant_is_replaced) {
    Two all;
    all.holder->participant.holds_one_more();
    robust::TableHints& hints = all.arena.segment.participants().hints();
    for (const std::uint32_t wrong : {0U, 1000U, ~0U}) {
        BOOST_TEST(watches(all.first));
        hints.watcher = wrong;
        BOOST_TEST(watches(all.second));
        hints.watched_at = 0;
    }
    const robust::Identity dead = all.arena.killed_while([](Peer&) {});
    for (const bool is_cleared : {false, true}) {
        BOOST_TEST(watches(all.first));
        hints.watcher = dead.bits();
        if (is_cleared) {
            all.arena.self->participant.clear(dead);
        }
        BOOST_TEST(watches(all.second));
        hints.watched_at = 0;
    }
}

BOOST_AUTO_TEST_CASE(senseless_time_of_the_last_check_does_not_prevent_watching) {
    Two all;
    all.holder->participant.holds_one_more();
    robust::TableHints& hints = all.arena.segment.participants().hints();
    for (const std::int64_t wrong : {INT64_MAX, INT64_MIN, std::int64_t{-1},
                                     (Deadline::Clock::now() + 1h).time_since_epoch().count()}) {
        BOOST_TEST(watches(all.first));
        hints.watched_at = wrong;
        BOOST_TEST(watches(all.second));
        hints.watched_at = 0;
    }
}

BOOST_AUTO_TEST_CASE(watcher_that_sees_a_death_leaves_the_other_handles_to_check) {
    Two all;
    (void)all.arena.killed_while([](Peer& peer) { peer.participant.holds_one_more(); });
    BOOST_TEST((all.first.watch() == Finding::reason));
    BOOST_TEST((all.second.watch() == Finding::reason));
}

BOOST_AUTO_TEST_CASE(wrong_hints_hide_a_death_from_waiters_for_about_a_second) {
    Two all;
    (void)all.arena.killed_while([](Peer& peer) { peer.participant.holds_one_more(); });
    all.arena.segment.participants().hints().used = 0;
    while (all.first.watch() != Finding::reason) {
        std::this_thread::sleep_for(10ms);
    }
    BOOST_TEST(all.first.is_death_left());
}

BOOST_AUTO_TEST_CASE(handle_that_takes_something_while_no_handle_watches_alerts_a_monitor) {
    Two all;
    BOOST_TEST(has_nothing_at_stake(all.first));
    all.second.alert_watcher();
    BOOST_TEST(*all.first.alerts() == 1U);
    all.second.alert_watcher();
    BOOST_TEST(*all.first.alerts() == 1U); // the first handle's monitor has been alerted
    BOOST_TEST(has_nothing_at_stake(all.first));
    all.second.alert_watcher();
    BOOST_TEST(*all.first.alerts() == 2U);
}

BOOST_AUTO_TEST_CASE(a_watcher_that_takes_something_alerts_a_monitor) {
    Two all;
    all.holder->participant.holds_one_more();
    BOOST_TEST(watches(all.first));
    all.first.peer.participant.holds_one_more();
    all.first.alert_watcher();
    BOOST_TEST(*all.first.alerts() == 1U);
    BOOST_TEST(watches(all.second));
}

BOOST_AUTO_TEST_CASE(a_handle_that_becomes_the_watcher_while_it_holds_something_alerts_a_monitor) {
    Two all;
    all.first.peer.participant.holds_one_more();
    BOOST_TEST(watches(all.first));
    BOOST_TEST(*all.first.alerts() == 1U);
    BOOST_TEST(watches(all.first));
    BOOST_TEST(*all.first.alerts() == 1U);
}

BOOST_AUTO_TEST_CASE(a_watcher_that_saw_nothing_held_is_not_relied_on_any_more) {
    Two all;
    all.holder->participant.holds_one_more();
    BOOST_TEST(watches(all.first));
    all.holder->participant.holds_one_less();
    BOOST_TEST(has_nothing_at_stake(all.first));
    all.holder->participant.holds_one_more();
    BOOST_TEST(watches(all.second));
}

BOOST_AUTO_TEST_CASE(a_watcher_whose_wait_ends_alerts_a_monitor_and_no_other_does) {
    Two all;
    all.holder->participant.holds_one_more();
    {
        const WatchingTime its_time{all.first};
        const WatchingTime another_s{all.second};
        BOOST_TEST(watches(all.first));
        BOOST_TEST(has_nothing_at_stake(all.second));
    }
    BOOST_TEST(*all.first.alerts() == 1U);
    BOOST_TEST(watches(all.second)); // at once
}

namespace {

// How often a sleeper is asked within this time, if it gives this answer.
int questions_in(std::chrono::milliseconds time, Finding answer, const Deadline& deadline) {
    std::atomic<int> count{0};
    const auto ask = [&] {
        ++count;
        return answer;
    };
    EventCount event{};
    crex::detail::MonitorUse monitor;
    MonitoredSleep sleep{monitor, deadline, Question{ask}};
    BOOST_TEST_REQUIRE(sleep.is_monitored());
    (void)sleep.sleep(event.ticket, 0, Deadline::Clock::now() + time);
    return count;
}

} // namespace

BOOST_AUTO_TEST_CASE(sleeper_that_no_death_concerns_is_asked_seldom) {
    const Deadline never{crex::no_timeout};
    const auto began = Deadline::Clock::now();
    const int questions = questions_in(2s, Finding::nothing_at_stake, never);
    const auto time = Deadline::Clock::now() - began;
    BOOST_TEST(questions >= 1);
    BOOST_TEST(questions <= 2 + time / crex::detail::long_recheck_period);
}

// The monitor asks whether a stop has been requested.
BOOST_AUTO_TEST_CASE(a_sleeper_that_may_be_stopped_is_asked_often) {
    std::stop_source source;
    std::atomic<int> count{0};
    const auto ask = [&] {
        if (++count == 6) { // never within 250 ms otherwise
            source.request_stop();
        }
        return Finding::nothing_at_stake;
    };
    const std::stop_token stop = source.get_token();
    const Deadline deadline{crex::Timeout{1s, stop}};
    EventCount event{};
    crex::detail::MonitorUse monitor;
    MonitoredSleep sleep{monitor, deadline, Question{ask}};
    BOOST_TEST((sleep.sleep(event.ticket, 0, deadline.moment()) == crex::detail::Slept::woken));
    BOOST_TEST(count >= 6);
}

// A process that begins to hold something alerts monitors in this way.
BOOST_AUTO_TEST_CASE(a_monitor_that_is_alerted_asks_soon_and_wakes_no_thread) {
    const Deadline never{crex::no_timeout};
    std::atomic<std::uint32_t> alerts{0};
    std::atomic<int> questions{0};
    const auto ask = [&] {
        ++questions;
        return Finding::nothing_at_stake;
    };
    EventCount event{};
    crex::detail::MonitorUse monitor;
    MonitoredSleep sleep{monitor, never, Question{ask}, &alerts};
    std::atomic<bool> over{false};
    std::thread caller{[&] {
        while (!over) { // far more often than the monitor asks by itself
            std::this_thread::sleep_for(60ms);
            ++alerts;
            crex::detail::futex_wake_one(alerts);
        }
    }};
    const auto end = Deadline::Clock::now() + 2s;
    BOOST_TEST((sleep.sleep(event.ticket, 0, end) == crex::detail::Slept::timed_out));
    over = true;
    caller.join();
    BOOST_TEST(questions >= 12); // 9 without alerts
}
