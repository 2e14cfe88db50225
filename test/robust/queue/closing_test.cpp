// SPDX-License-Identifier: BSL-1.0

// Closing a handle ends the waits of other threads on it.

#include <chrono>
#include <memory>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "robust/queue/waiting.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

void expect_closing_ends(crex::MessageQueue& queue, const std::vector<Waiting::Call>& waits) {
    std::vector<std::unique_ptr<Waiting>> threads;
    for (const auto& wait : waits) {
        threads.push_back(std::make_unique<Waiting>(queue, wait));
    }
    queue.close();
    for (auto& thread : threads) {
        BOOST_TEST(thread->outcome() == existential_error);
    }
    expect_error<crex::ExistentialError>(EBADF, [&] { (void)queue.try_receive(); });
}

} // namespace

BOOST_FIXTURE_TEST_CASE(closing_ends_every_wait_for_a_message, RobustFixture) {
    expect_closing_ends(queue, {
                                   [](auto& q) { (void)q.receive(); },
                                   [](auto& q) { (void)q.receive(1h); },
                                   [](auto& q) { (void)q.receive_many(3); },
                                   [](auto& q) { (void)q.lease(); },
                                   [](auto& q) { (void)q.try_lease(1h); },
                               });
}

BOOST_FIXTURE_TEST_CASE(closing_ends_every_wait_for_room, RobustFixture) {
    fill();
    expect_closing_ends(queue, {
                                   [](auto& q) { q.send("x"); },
                                   [](auto& q) { q.send("x", 1h, 3); },
                                   [](auto& q) { q.send_many(std::vector<std::string_view>{"x"}); },
                                   [](auto& q) { (void)q.loan(1); },
                                   [](auto& q) { (void)q.try_loan(1, 1h); },
                               });
    auto other = another_handle();
    BOOST_TEST(other.receive_many(10).size() == 4U); // nothing else was sent
}

BOOST_FIXTURE_TEST_CASE(closing_ends_no_wait_on_another_handle, RobustFixture) {
    auto other = another_handle();
    auto peer = start_waiting("receive");
    Waiting on_other{other, [](auto& q) { (void)q.receive(); }};
    expect_closing_ends(queue, {[](auto& q) { (void)q.receive(); }});
    other.send("x");
    other.send("x");
    BOOST_TEST(on_other.outcome() == done);
    BOOST_TEST(peer.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(message_sent_after_closing_is_not_taken_by_the_earlier_waiter,
                        RobustFixture) {
    auto other = another_handle();
    Waiting waiting{queue, [](auto& q) { (void)q.receive(); }};
    queue.close();
    other.send("kept");
    BOOST_TEST(waiting.outcome() == existential_error);
    expect_next(other, "kept");
}

BOOST_FIXTURE_TEST_CASE(a_handle_may_be_closed_under_waiting_threads_again_and_again,
                        RobustFixture) {
    for (int i = 0; i < 50; ++i) {
        auto handle = another_handle();
        Waiting one{handle, [](auto& q) { (void)q.receive(); }};
        Waiting two{handle, [](auto& q) { (void)q.lease(1h); }};
        handle.close();
        BOOST_TEST(one.outcome() == existential_error);
        BOOST_TEST(two.outcome() == existential_error);
    }
    BOOST_TEST(queue.stats().participants == 1U);
    queue.send("unharmed");
    expect_next(queue, "unharmed");
}

BOOST_FIXTURE_TEST_CASE(closing_again_and_again_leaves_the_queue_as_it_was, RobustFixture) {
    queue.send("kept");
    for (int i = 0; i < scaled(20'000) / 10;
         ++i) { // more often than there are entries in the table
        auto handle = another_handle();
        handle.close();
        handle.close();
    }
    expect_next(queue, "kept");
    BOOST_TEST(queue.stats().participants == 1U);
    BOOST_TEST(queue.stats().recoveries == 0U);
}
