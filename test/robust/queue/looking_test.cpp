// SPDX-License-Identifier: BSL-1.0

// peek() and stats(), which do not change the queue.

#include <chrono>

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

void expect_peek(const crex::MessageQueue& queue, const std::string& body, unsigned priority = 0) {
    const auto message = queue.peek();
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->body == body);
    BOOST_TEST(message->priority == priority);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_peek_shows_the_next_message_and_leaves_it, RobustFixture) {
    BOOST_TEST(!queue.peek());
    queue.send("one");
    queue.send("two");
    for (int i = 0; i < 10; ++i) {
        expect_peek(queue, "one");
    }
    BOOST_TEST(queue.current_messages() == 2U);
    expect_next(queue, "one");
    expect_peek(queue, "two");
    expect_next(queue, "two");
    BOOST_TEST(!queue.peek());
}

BOOST_FIXTURE_TEST_CASE(a_peek_goes_by_priority, RobustFixture) {
    queue.send("low", {}, 1);
    queue.send("high", {}, 2);
    queue.send("", {}, crex::queue_priority_max);
    expect_peek(queue, "", crex::queue_priority_max);
    expect_next(queue, "", crex::queue_priority_max);
    expect_peek(queue, "high", 2);
}

BOOST_FIXTURE_TEST_CASE(a_peek_sees_neither_loans_nor_leases, RobustFixture) {
    queue.send("leased");
    queue.send("waiting");
    auto lease = expect_lease(queue, "leased");
    const auto loan = queue.loan(4);
    expect_peek(queue, "waiting");
    expect_next(queue, "waiting");
    BOOST_TEST(!queue.peek());
    lease.nack();
    expect_peek(queue, "leased");
}

BOOST_AUTO_TEST_CASE(a_peek_shows_the_longest_message_whole) {
    RobustFixture f{robust(2, 1U << 20)};
    const std::string longest(1U << 20, 'x');
    f.queue.send(longest, {}, 1);
    BOOST_TEST((f.queue.peek()->body == longest));
    f.queue.send("", {}, 2);
    expect_peek(f.queue, "", 2);
}

BOOST_FIXTURE_TEST_CASE(statistics_of_a_new_queue_are_zero, RobustFixture) {
    const auto stats = queue.stats();
    BOOST_TEST(stats.sent == 0U);
    BOOST_TEST(stats.received == 0U);
    BOOST_TEST(stats.redelivered == 0U);
    BOOST_TEST(stats.dead_lettered == 0U);
    BOOST_TEST(stats.recoveries == 0U);
    BOOST_TEST(stats.quarantined == 0U);
    BOOST_TEST(stats.participants == 1U);
}

BOOST_FIXTURE_TEST_CASE(every_kind_of_send_and_receive_is_counted, RobustFixture) {
    queue.send("x");
    BOOST_TEST(queue.try_send("x"));
    queue.send_many(std::vector<std::string_view>{"x"});
    send_in_place(queue, "x");
    BOOST_TEST(!queue.try_send("no room, not sent"));
    BOOST_TEST(queue.stats().sent == 4U);
    BOOST_TEST(queue.stats().received == 0U);
    (void)queue.receive();
    BOOST_TEST(queue.receive_many(2).size() == 2U);
    (void)queue.peek();
    BOOST_TEST(queue.stats().received == 3U);
    queue.lease().ack();
    BOOST_TEST(queue.stats().received == 4U);
    { const auto dropped = queue.loan(1); }
    BOOST_TEST(queue.stats().sent == 4U);
}

BOOST_FIXTURE_TEST_CASE(lease_is_counted_as_received_once_acknowledged, RobustFixture) {
    queue.send("x");
    auto lease = queue.lease();
    BOOST_TEST(queue.stats().received == 0U);
    lease.nack();
    { const auto dropped = queue.lease(); }
    BOOST_TEST(queue.stats().received == 0U);
    BOOST_TEST(queue.stats().redelivered == 2U);
    queue.lease().ack();
    BOOST_TEST(queue.stats().received == 1U);
    BOOST_TEST(queue.stats().sent == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_killed_consumer_s_lease_counts_as_redelivered, RobustFixture) {
    queue.send("work");
    start_robust_until("work 0 0", "hold-lease").kill();
    BOOST_TEST(queue.receive(20s).body == "work");
    BOOST_TEST(queue.stats().redelivered == 1U);
    BOOST_TEST(queue.stats().received == 1U);
}

BOOST_FIXTURE_TEST_CASE(statistics_belong_to_the_queue_and_not_to_the_handle, RobustFixture) {
    auto other = another_handle();
    BOOST_TEST(start("send", {"x", "0"}).wait() == done);
    (void)other.receive();
    BOOST_TEST(queue.stats().sent == 1U);
    BOOST_TEST(queue.stats().received == 1U);
    queue.close();
    other.close();
    BOOST_TEST(another_handle().stats().sent == 1U);
}

BOOST_FIXTURE_TEST_CASE(participants_are_the_handles_open_now, RobustFixture) {
    {
        const auto second = another_handle();
        BOOST_TEST(queue.stats().participants == 2U);
        auto peer = start_robust_until("ready", "hold-handles", {"3"});
        BOOST_TEST(queue.stats().participants == 5U);
        peer.signal(SIGINT);
        BOOST_TEST(peer.wait() == done);
        BOOST_TEST(queue.stats().participants == 2U);
    }
    BOOST_TEST(queue.stats().participants == 1U);
}

BOOST_FIXTURE_TEST_CASE(dead_processes_are_not_counted_as_participants, RobustFixture) {
    start_robust_until("ready", "hold-handles", {"3"}).kill();
    BOOST_TEST(eventually([&] { return queue.stats().participants == 1; }));
}
