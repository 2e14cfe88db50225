// SPDX-License-Identifier: BSL-1.0

// The effects of a process that is stopped or killed while it holds a lock, or has a message half
// copied.

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <unistd.h>

#include "helpers/outcome_of.hpp"
#include "robust/queue/fixture.hpp"
#include "robust/queue/trap.hpp"
#include "robust/queue/waiting.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t small = 64; // copied under the lock
constexpr std::size_t large = 1U << 20;

enum class Doing { sending, receiving };

// One message is in the queue. Another process is in the middle of copying a message into it or out
// of it: stopped, or asleep.
struct Fixture : RobustFixture {
    explicit Fixture(std::size_t size, bool indexed = false) : RobustFixture{robust(4, size)} {
        if (indexed) { // a message of higher priority makes it an index
            queue.send("x");
            queue.send("x", {}, 1);
            (void)queue.receive_many(2);
        }
        queue.send("first");
    }

    Process holder(
        Doing doing, void (*when_touched)() = [] { raise(SIGSTOP); }) {
        Process process{std::function<int()>{[=, this] {
            const Trap trap{queue.max_message_size(), when_touched};
            doing == Doing::sending ? queue.send(trap.bytes())
                                    : void(queue.receive_into(trap.bytes()));
            return done;
        }}};
        BOOST_TEST(eventually([&] { return state_of(process.pid()) == 'T'; }));
        return process;
    }

    static void let_go(Process& holder) {
        holder.signal(SIGCONT);
        BOOST_TEST(holder.wait() == done);
    }

    void expect_full_capacity() {
        (void)queue.receive_many(10, 0s);
        for (int i = 0; i < 4; ++i) {
            queue.send("filler", 20s); // BusyError would end the test
        }
        BOOST_TEST(!queue.try_send("one too many"));
        BOOST_TEST(queue.receive_many(10, 0s).size() == 4U);
    }
};

const auto every_way = {std::pair{Doing::sending, false}, std::pair{Doing::sending, true},
                        std::pair{Doing::receiving, false}, std::pair{Doing::receiving, true}};

} // namespace

BOOST_AUTO_TEST_CASE(calls_with_a_deadline_end_while_the_holder_is_stopped) {
    for (const auto& [doing, indexed] : every_way) {
        Fixture f{small, indexed};
        auto holder = f.holder(doing);
        auto& queue = f.queue;
        // Each call returns, with or without success.
        const bool sent = queue.try_send("x");
        const bool received = queue.try_receive().has_value();
        BOOST_TEST(!(sent && received && indexed), "the holder holds nothing");
        (void)queue.try_send_for(50ms, "x");
        (void)queue.try_receive_for(50ms);
        queue.try_lease(50ms).reset();
        queue.try_loan(1, 50ms).reset();
        (void)queue.send_many(std::vector<std::string_view>{"x"}, 50ms, 3);
        (void)queue.receive_many(3, 50ms);
        (void)queue.current_messages();
        (void)queue.stats();
        (void)queue.is_shut_down();
        { const auto opened = f.another_handle(); }
        Fixture::let_go(holder);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(call_that_cannot_get_the_lock_waits_at_least_its_timeout) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        auto sender = f.holder(Doing::sending);
        BOOST_TEST((time_of([&] { BOOST_TEST(!f.queue.try_send_for(100ms, "x")); }) >= 100ms));
        expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.queue.send("x", 0s); });
        Fixture::let_go(sender);
        auto receiver = f.holder(Doing::receiving);
        BOOST_TEST((time_of([&] { BOOST_TEST(!f.queue.try_receive_for(100ms)); }) >= 100ms));
        expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)f.queue.receive(0s); });
        Fixture::let_go(receiver);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(call_without_a_deadline_goes_on_once_the_holder_does) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        auto sending = f.holder(Doing::sending);
        auto sender = f.start_waiting("send", {"patient", "0"});
        Fixture::let_go(sending);
        BOOST_TEST(sender.wait() == done);
        expect_next(f.queue, "first");
        expect_next(f.queue, std::string(small, '\0'));
        auto receiving = f.holder(Doing::receiving);
        auto receiver = f.start_waiting("receive");
        Fixture::let_go(receiving);
        f.queue.send("for the other");
        BOOST_TEST(receiver.read_line() == "for the other 0");
        BOOST_TEST(receiver.wait() == done);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(a_signal_handler_ends_the_wait_for_a_lock_too) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        auto sending = f.holder(Doing::sending);
        {
            const Alarms alarms;
            expect_error<crex::SignalError>(EINTR, [&] { f.queue.send("x"); });
            expect_error<crex::SignalError>(EINTR, [&] { f.queue.send("x", 1h); });
        }
        Fixture::let_go(sending);
        auto receiving = f.holder(Doing::receiving);
        {
            const Alarms alarms;
            expect_error<crex::SignalError>(EINTR, [&] { (void)f.queue.receive(); });
            expect_error<crex::SignalError>(EINTR, [&] { (void)f.queue.lease(); });
        }
        Fixture::let_go(receiving);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(closing_ends_the_wait_for_a_lock_too) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        auto sending = f.holder(Doing::sending);
        auto handle = f.another_handle();
        Waiting sender{handle, [](auto& q) { q.send("x"); }};
        handle.close();
        BOOST_TEST(sender.outcome() == existential_error);
        Fixture::let_go(sending);
        auto receiving = f.holder(Doing::receiving);
        auto other = f.another_handle();
        Waiting receiver{other, [](auto& q) { (void)q.receive(); }};
        other.close();
        BOOST_TEST(receiver.outcome() == existential_error);
        Fixture::let_go(receiving);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(a_holder_killed_while_sending_has_sent_nothing) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        for (int i = 0; i < 10; ++i) {
            f.holder(Doing::sending).kill();
            f.queue.send("after it");
            BOOST_TEST(f.queue.receive().body == (i == 0 ? "first" : "after it"));
        }
        BOOST_TEST(f.queue.stats().recoveries > 0U);
        f.expect_full_capacity();
    }
}

// A receiver that drains a queue then takes it for empty, and relies on a notification of the next
// message.
BOOST_AUTO_TEST_CASE(receiver_that_gave_up_on_a_held_lock_is_notified_of_the_message) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        std::atomic<int> told{0};
        f.queue.request_notification([&] { ++told; });
        auto holder = f.holder(Doing::sending);
        BOOST_TEST(!f.queue.try_receive());
        Fixture::let_go(holder); // its message comes into a queue that is not empty
        BOOST_TEST(eventually([&] { return told == 1; }));
    }
}

BOOST_AUTO_TEST_CASE(a_holder_killed_while_receiving_has_received_nothing) {
    for (const bool indexed : {false, true}) {
        Fixture f{small, indexed};
        for (int i = 0; i < 10; ++i) {
            f.holder(Doing::receiving).kill();
            BOOST_TEST(f.queue.receive().body == "first");
            f.queue.send("first");
        }
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(waiter_for_the_lock_of_a_killed_holder_goes_on) {
    for (const auto& [doing, indexed] : every_way) {
        Fixture f{small, indexed};
        auto holder = f.holder(doing);
        auto peer = doing == Doing::sending ? f.start_waiting("send", {"x", "0"})
                                            : f.start_waiting("receive");
        holder.kill();
        BOOST_TEST(peer.wait() == done);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(a_holder_stopped_for_longer_than_ten_seconds_is_still_waited_for) {
    Fixture f{small};
    auto holder = f.holder(Doing::sending);
    auto sender = f.start_waiting("send", {"patient", "0"});
    std::this_thread::sleep_for(12s);
    Fixture::let_go(holder);
    BOOST_TEST(sender.wait() == done); // any other outcome would be CorruptError
    BOOST_TEST(f.queue.receive_many(10).size() == 3U);
}

// The process is alive and not stopped, and yet does not release the lock, like one in an endless
// loop.
BOOST_AUTO_TEST_CASE(running_holder_without_progress_for_ten_seconds_is_a_corrupt_error) {
    Fixture f{small};
    auto holder = f.holder(Doing::sending, [] {
        raise(SIGSTOP);
        for (;;) {
            pause();
        }
    });
    holder.signal(SIGCONT);
    BOOST_TEST(!f.queue.try_send_for(100ms, "x"));
    BOOST_TEST((time_of([&] {
                    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { f.queue.send("x"); });
                }) >= 10s));
    holder.kill();
    f.queue.send("nothing was wrong with the queue itself");
    BOOST_TEST(f.queue.receive_many(10).size() == 2U);
    f.expect_full_capacity();
}

// A large message is copied while no other process has to wait for the copy.
BOOST_AUTO_TEST_CASE(a_large_message_half_copied_delays_nobody) {
    for (const auto doing : {Doing::sending, Doing::receiving}) {
        Fixture f{large};
        if (doing == Doing::receiving) {
            (void)f.queue.receive();
            f.queue.send(std::string(large, '\0'));
        }
        auto holder = f.holder(doing);
        for (int i = 0; i < 20; ++i) {
            f.queue.send("second");
            const auto received = f.queue.receive();
            BOOST_TEST(received.body == (doing == Doing::sending && i == 0 ? "first" : "second"));
        }
        Fixture::let_go(holder);
        f.expect_full_capacity();
    }
}

BOOST_AUTO_TEST_CASE(large_message_half_copied_by_a_killed_process_changes_nothing) {
    Fixture f{large};
    f.holder(Doing::sending).kill();
    f.expect_full_capacity();
    const std::string message(large, '\0');
    f.queue.send(message);
    f.holder(Doing::receiving).kill();
    BOOST_TEST((f.queue.receive(20s).body == message));
    f.expect_full_capacity();
}

// One sender waits for the stopped process while it holds the other lock. The next sender waits for
// that sender.
BOOST_AUTO_TEST_CASE(waiter_behind_a_waiter_for_a_stopped_holder_waits_on) {
    Fixture f{small, false};
    auto receiver = f.holder(Doing::receiving);
    auto one = f.another_handle();
    auto other = f.another_handle();
    Waiting turning{one, [](auto& queue) { queue.send("urgent", {}, 9); }}; // needs both locks
    Waiting behind{other, [](auto& queue) { queue.send("behind"); }};
    std::this_thread::sleep_for(12s); // after 10 s it would be CorruptError
    Fixture::let_go(receiver);
    BOOST_TEST(turning.outcome() == done);
    BOOST_TEST(behind.outcome() == done);
    f.expect_full_capacity();
}
