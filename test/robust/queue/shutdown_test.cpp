// SPDX-License-Identifier: BSL-1.0

// Ending the use of a queue for all processes.

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "helpers/outcome_of.hpp"
#include "robust/queue/fixture.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

using Calls = std::vector<std::function<void(crex::MessageQueue&)>>;

const Calls sending{
    [](crex::MessageQueue& q) { q.send("x"); },
    [](crex::MessageQueue& q) { q.send("x", 0s, 7); },
    [](crex::MessageQueue& q) { (void)q.try_send("x"); },
    [](crex::MessageQueue& q) { (void)q.try_send_for(1h, "x"); },
    [](crex::MessageQueue& q) { q.send_many(std::vector<std::string_view>{"x"}); },
};

const Calls lending{
    [](crex::MessageQueue& q) { (void)q.loan(1); },
    [](crex::MessageQueue& q) { (void)q.try_loan(1); },
};

const Calls receiving{
    [](crex::MessageQueue& q) { (void)q.receive(); },
    [](crex::MessageQueue& q) { (void)q.receive(0s); },
    [](crex::MessageQueue& q) { (void)q.try_receive(); },
    [](crex::MessageQueue& q) { (void)q.try_receive_for(1h); },
    [](crex::MessageQueue& q) {
        std::array<std::byte, 64> buffer{};
        (void)q.receive_into(buffer);
    },
    [](crex::MessageQueue& q) { (void)q.receive_many(4); },
    [](crex::MessageQueue& q) { (void)q.lease(); },
    [](crex::MessageQueue& q) { (void)q.try_lease(); },
};

void expect_shut_down(crex::MessageQueue& queue, const Calls& calls) {
    for (const auto& call : calls) {
        expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { call(queue); });
    }
}

} // namespace

BOOST_FIXTURE_TEST_CASE(messages_cannot_be_sent_after_a_shutdown, RobustFixture) {
    auto other = another_handle();
    BOOST_TEST(!queue.is_shut_down());
    queue.shutdown();
    for (auto* const each : {&queue, &other}) {
        BOOST_TEST(each->is_shut_down());
        expect_shut_down(*each, sending);
        BOOST_TEST(each->current_messages() == 0U);
    }
}

BOOST_FIXTURE_TEST_CASE(messages_sent_before_a_shutdown_can_be_received_after_it, RobustFixture) {
    queue.send("low");
    queue.send("high", {}, 1);
    queue.send("last");
    queue.shutdown();
    BOOST_TEST(queue.peek()->body == "high");
    expect_next(queue, "high", 1);
    expect_lease(queue, "low").ack();
    BOOST_TEST(queue.receive_many(4).size() == 1U);
    expect_shut_down(queue, receiving);
}

BOOST_FIXTURE_TEST_CASE(receivers_do_not_wait_after_a_shutdown, RobustFixture) {
    queue.shutdown();
    expect_shut_down(queue, receiving);
    BOOST_TEST(!queue.peek());
}

BOOST_FIXTURE_TEST_CASE(shutdown_cannot_be_undone, RobustFixture) {
    queue.shutdown();
    queue.shutdown();
    auto other = another_handle();
    BOOST_TEST(other.is_shut_down());
    crex::MessageQueue created_or_opened{name, crex::o_creat, robust(4, 64)};
    BOOST_TEST(created_or_opened.is_shut_down());
    expect_shut_down(other, sending);
    expect_shut_down(other, receiving);
    queue.unlink();
    crex::MessageQueue fresh{name, crex::O_CREX, robust(4, 64)}; // this is another queue
    BOOST_TEST(!fresh.is_shut_down());
    fresh.send("hello");
}

BOOST_FIXTURE_TEST_CASE(repair_does_not_undo_a_shutdown, RobustFixture) {
    queue.shutdown();
    queue.repair();
    expect_shut_down(queue, sending);
    expect_shut_down(queue, receiving);
}

BOOST_FIXTURE_TEST_CASE(receivers_waiting_in_other_processes_learn_of_a_shutdown, RobustFixture) {
    auto receiver = start_waiting("receive");
    auto timed = start_waiting("receive", {"3600000"});
    auto consumer = start_robust_until("ready", "lease");
    consumer.wait_until_asleep();
    queue.shutdown();
    for (auto* const each : {&receiver, &timed, &consumer}) {
        BOOST_TEST(each->wait() == shutdown_error);
    }
}

BOOST_FIXTURE_TEST_CASE(senders_waiting_in_other_processes_learn_of_a_shutdown, RobustFixture) {
    fill();
    auto sender = start_waiting("send", {"x", "0"});
    auto timed = start_waiting("send", {"x", "0", "3600000"});
    queue.shutdown();
    for (auto* const each : {&sender, &timed}) {
        BOOST_TEST(each->wait() == shutdown_error);
    }
    BOOST_TEST(queue.receive_many(10).size() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_process_that_waits_for_a_loan_learns_of_a_shutdown, RobustFixture) {
    fill();
    auto lender = start_robust_until("ready", "loan", {"x"});
    lender.wait_until_asleep();
    queue.shutdown();
    BOOST_TEST(lender.wait() == shutdown_error);
}

BOOST_FIXTURE_TEST_CASE(another_process_can_shut_the_queue_down, RobustFixture) {
    BOOST_TEST(start_robust("is-shut-down").wait() == no);
    int outcome = done;
    std::thread waiting{[&] { outcome = outcome_of([&] { return (void)queue.receive(), done; }); }};
    BOOST_TEST(start_robust("shut-down").wait() == done);
    waiting.join();
    BOOST_TEST(outcome == shutdown_error);
    BOOST_TEST(queue.is_shut_down());
    BOOST_TEST(start_robust("is-shut-down").wait() == done);
}

BOOST_FIXTURE_TEST_CASE(no_loan_can_be_had_after_a_shutdown, RobustFixture) {
    queue.shutdown();
    expect_shut_down(queue, lending);
}

BOOST_FIXTURE_TEST_CASE(a_loan_cannot_be_sent_after_a_shutdown, RobustFixture) {
    auto loan = queue.loan(5);
    write(loan, "hello");
    queue.shutdown();
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { loan.send(); });
    expect_error<crex::ShutdownError>(ESHUTDOWN, [&] { loan.send_prefix(1); });
    expect_shut_down(queue, receiving);
}

BOOST_FIXTURE_TEST_CASE(a_lease_can_be_finished_after_a_shutdown, RobustFixture) {
    queue.send("one");
    queue.send("two");
    auto one = expect_lease(queue, "one");
    auto two = expect_lease(queue, "two");
    queue.shutdown();
    one.ack();
    two.nack();
    expect_lease(queue, "two", 0, 1).ack();
    expect_shut_down(queue, receiving);
}

BOOST_FIXTURE_TEST_CASE(workers_finish_the_remaining_messages_and_end, RobustFixture) {
    std::vector<Process> workers;
    for (int i = 0; i < 3; ++i) {
        workers.push_back(start_robust_until("ready", "drain"));
    }
    constexpr int count = 300;
    for (int i = 0; i < count; ++i) {
        queue.send("job");
    }
    queue.shutdown();
    int finished = 0;
    for (auto& worker : workers) {
        const std::string said = worker.read_all();
        finished += static_cast<int>(std::count(said.begin(), said.end(), '\n'));
        BOOST_TEST(worker.wait() == done);
    }
    BOOST_TEST(finished == count);
}
