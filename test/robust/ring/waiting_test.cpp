// SPDX-License-Identifier: BSL-1.0

// Waiting for room and for records, and events that end a wait.

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>

#include "helpers/outcome_of.hpp"
#include "robust/ring/fixture.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// A ring with room for one record, and this many checks before sleeping.
struct Narrow : RingFixture {
    explicit Narrow(unsigned spin = 0) : again{name, 0, {.spin = spin}} {}

    void send_numbers(unsigned count) {
        auto out = again.producer();
        for (unsigned i = 0; i < count; ++i) {
            out.send(pattern(3000, i));
        }
    }
    void expect_numbers(unsigned count) {
        auto in = again.consumer();
        unsigned right = 0;
        for (unsigned i = 0; i < count; ++i) {
            right += in.receive() == pattern(3000, i) ? 1 : 0;
        }
        BOOST_TEST(right == count);
    }

    crex::Ring again;
};

void expect_conversation(unsigned spin) {
    constexpr unsigned count = 300;
    Narrow narrow{spin};
    Process peer{std::function<int()>{[&] { return narrow.send_numbers(count), done; }}};
    narrow.expect_numbers(count);
    BOOST_TEST(peer.wait() == done);
}

} // namespace

BOOST_AUTO_TEST_CASE(two_processes_that_sleep_wake_each_other) { expect_conversation(0); }
BOOST_AUTO_TEST_CASE(two_processes_that_spin_first_wake_each_other) { expect_conversation(60); }
BOOST_AUTO_TEST_CASE(two_processes_that_spin_forever_see_each_other) {
    expect_conversation(crex::spin_forever);
}

BOOST_FIXTURE_TEST_CASE(a_record_ends_another_process_s_wait, RingFixture) {
    auto peer = start_ready("receive");
    peer.wait_until_asleep();
    ring.producer().send("wake up");
    BOOST_TEST(peer.read_line() == "wake up");
    BOOST_TEST(peer.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(room_ends_another_process_s_wait, RingFixture) {
    {
        auto out = ring.producer();
        out.send(pattern(4096, 0));
    }
    auto peer = start_ready("send", {"at last"});
    peer.wait_until_asleep();
    auto in = ring.consumer();
    BOOST_TEST(in.receive().size() == 4096U);
    BOOST_TEST(peer.wait() == done);
    BOOST_TEST(in.receive() == "at last");
}

BOOST_FIXTURE_TEST_CASE(wait_outlives_the_producer_and_is_ended_by_the_next_producer, RingFixture) {
    auto consumer = start_ready("receive");
    auto producer = start_ready("hold-producer");
    consumer.wait_until_asleep();
    producer.kill();
    ring.producer().send("from the next one");
    BOOST_TEST(consumer.read_line() == "from the next one");
}

BOOST_FIXTURE_TEST_CASE(timeouts_are_never_early, RolesFixture) {
    const auto takes = [](auto call) {
        BOOST_TEST((time_of([&] { expect_error<crex::BusyError>(ETIMEDOUT, call); }) >= 30ms));
    };
    takes([&] { (void)in.receive(30ms); });
    takes([&] { (void)in.peek(30ms); });
    BOOST_TEST((time_of([&] { BOOST_TEST(!in.try_peek(30ms)); }) >= 30ms));
    fill(500);
    takes([&] { out.send(pattern(500, 0), 30ms); });
    takes([&] { (void)out.reserve(500, 30ms); });
    BOOST_TEST((time_of([&] { BOOST_TEST(!out.try_send(pattern(500, 0), 30ms)); }) >= 30ms));
}

BOOST_FIXTURE_TEST_CASE(pollers_keep_their_timeouts, RingFixture) {
    crex::Ring again{name, 0, {.spin = crex::spin_forever}};
    auto in = again.consumer();
    BOOST_TEST((time_of([&] { BOOST_TEST(!in.try_peek(30ms)); }) >= 30ms));
    auto out = again.producer();
    out.send(pattern(4096, 0));
    BOOST_TEST((time_of([&] { BOOST_TEST(!out.try_send("x", 30ms)); }) >= 30ms));
}

BOOST_FIXTURE_TEST_CASE(a_stop_token_ends_a_wait, RolesFixture) {
    const auto stopped = [](auto call) {
        std::stop_source source;
        const std::jthread soon{[&] {
            std::this_thread::sleep_for(20ms);
            source.request_stop();
        }};
        const std::stop_token token = source.get_token();
        expect_error<crex::StoppedError>(ECANCELED, [&] { call(crex::Timeout{1h, token}); });
    };
    stopped([&](crex::Timeout timeout) { (void)in.receive(timeout); });
    stopped([&](crex::Timeout timeout) { (void)in.peek(timeout); });
    fill(500);
    stopped([&](crex::Timeout timeout) { out.send(pattern(500, 0), timeout); });
    stopped([&](crex::Timeout timeout) { (void)out.reserve(500, timeout); });
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_wait, RolesFixture) {
    const Alarms alarms;
    expect_error<crex::SignalError>(EINTR, [&] { (void)in.receive(); });
    fill(500);
    expect_error<crex::SignalError>(EINTR, [&] { out.send(pattern(500, 0)); });
}

BOOST_FIXTURE_TEST_CASE(consumer_gets_the_remaining_records_before_it_is_told_of_the_end,
                        RolesFixture) {
    BOOST_TEST(!ring.is_shut_down());
    out.send("the last");
    (void)out.reserve(1);
    ring.shutdown();
    BOOST_TEST(ring.is_shut_down());
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { out.commit(); });
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { out.send("x"); });
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { (void)out.try_reserve(1); });
    expect_next("the last");
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { (void)in.receive(); });
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { (void)in.try_peek(); });
    BOOST_TEST(crex::Ring{name}.is_shut_down());
}

BOOST_FIXTURE_TEST_CASE(end_of_the_stream_ends_waits_for_records, RingFixture) {
    auto consumer = start_ready("receive");
    consumer.wait_until_asleep();
    ring.shutdown();
    BOOST_TEST(consumer.wait() == shutdown_error);
}

BOOST_FIXTURE_TEST_CASE(end_of_the_stream_ends_a_producer_s_wait, RingFixture) {
    ring.producer().send(pattern(4096, 0));
    auto producer = start_ready("send", {"no room"});
    producer.wait_until_asleep();
    ring.shutdown();
    BOOST_TEST(producer.wait() == shutdown_error);
    BOOST_TEST(ring.consumer().receive().size() == 4096U);
}
