// SPDX-License-Identifier: BSL-1.0

// Messages read where the queue keeps them, and the fate of those that are not acknowledged.

#include <algorithm>
#include <chrono>

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_CASE(an_acknowledged_message_is_gone_and_its_room_is_free, RobustFixture) {
    fill();
    auto lease = expect_lease(queue, "filler");
    BOOST_TEST(queue.current_messages() == 3U);
    BOOST_TEST(!queue.try_send("still in its room"));
    lease.ack();
    BOOST_TEST(lease.bytes().empty());
    BOOST_TEST(queue.try_send("now there is one"));
    BOOST_TEST(queue.receive_many(10).size() == 4U);
}

BOOST_FIXTURE_TEST_CASE(leased_message_is_hidden_from_other_receivers, RobustFixture) {
    auto other = another_handle();
    queue.send("one");
    queue.send("two");
    auto one = expect_lease(queue, "one");
    auto two = expect_lease(other, "two");
    BOOST_TEST(queue.current_messages() == 0U);
    BOOST_TEST(!queue.try_lease());
    BOOST_TEST(!other.try_receive());
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)queue.lease(30ms); });
                }) >= 30ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_lease(30ms)); }) >= 30ms));
    two.ack();
    one.ack();
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(a_dropped_lease_comes_back_at_its_old_place, RobustFixture) {
    for (const char* const body : {"a", "b", "c"}) {
        queue.send(body);
    }
    { const auto dropped = expect_lease(queue, "a"); }
    BOOST_TEST(queue.current_messages() == 3U);
    for (const char* const body : {"a", "b", "c"}) {
        expect_next(queue, body);
    }
}

BOOST_FIXTURE_TEST_CASE(lease_nacked_untried_counts_as_no_attempt, RobustFixture) {
    queue.send("a");
    queue.send("b");
    expect_lease(queue, "a").nack();
    auto lease = expect_lease(queue, "a", 0, 1);
    lease.nack_untried();
    BOOST_TEST(lease.bytes().empty());
    lease = expect_lease(queue, "a", 0, 1);
    lease.ack();
    expect_next(queue, "b");
}

BOOST_FIXTURE_TEST_CASE(lease_moved_to_itself_keeps_its_message, RobustFixture) {
    queue.send("kept");
    auto lease = expect_lease(queue, "kept");
    auto& same = lease;
    lease = std::move(same);
    BOOST_TEST(text_of(lease) == "kept");
    BOOST_TEST(!queue.try_receive());
    lease.ack();
}

BOOST_FIXTURE_TEST_CASE(leased_message_comes_back_by_priority_and_age, RobustFixture) {
    queue.send("low", {}, 1);
    queue.send("high one", {}, 5);
    queue.send("high two", {}, 5);
    auto one = expect_lease(queue, "high one", 5);
    auto two = expect_lease(queue, "high two", 5);
    queue.send("high three", {}, 5);
    two.nack();
    expect_lease(queue, "high two", 5, 1).nack();
    one.nack();
    expect_next(queue, "high one", 5);
    expect_next(queue, "high two", 5);
    expect_next(queue, "high three", 5);
    expect_next(queue, "low", 1);
}

BOOST_FIXTURE_TEST_CASE(a_lease_in_the_way_delays_nobody, RobustFixture) {
    queue.send("kept");
    auto kept = expect_lease(queue, "kept");
    for (int i = 0; i < 100; ++i) { // many times round the queue
        queue.send(std::to_string(i));
        queue.send("and more");
        expect_next(queue, std::to_string(i));
        expect_next(queue, "and more");
    }
    queue.send("younger");
    kept.nack();
    expect_next(queue, "kept");
    expect_next(queue, "younger");
}

BOOST_FIXTURE_TEST_CASE(attempts_count_how_often_a_lease_came_back_up_to_255, RobustFixture) {
    queue.send("poison", {}, 3);
    for (unsigned i = 0; i < 300; ++i) {
        auto lease = expect_lease(queue, "poison", 3, std::min(i, 255U));
        if (i % 2 == 0) { // otherwise the lease is dropped
            lease.nack();
        }
    }
    queue.send("fresh", {}, 3);
    expect_next(queue, "poison", 3);
    expect_lease(queue, "fresh", 3, 0).ack();
}

BOOST_FIXTURE_TEST_CASE(a_lease_is_finished_once, RobustFixture) {
    for (const bool acknowledge : {true, false}) {
        queue.send("x");
        auto lease = expect_lease(queue, "x");
        acknowledge ? lease.ack() : lease.nack();
        BOOST_TEST(lease.bytes().empty());
        thrown_by<crex::ExistentialError>([&] { lease.ack(); });
        thrown_by<crex::ExistentialError>([&] { lease.nack(); });
        BOOST_TEST(queue.receive_many(10, 0s).size() == (acknowledge ? 0U : 1U));
    }
}

namespace {

void expect_named(const std::string& function, const std::string& queue,
                  const std::exception& error) {
    BOOST_TEST(std::string{error.what()}.starts_with(function + "(\"" + queue + "\"): "),
               error.what());
}

} // namespace

BOOST_FIXTURE_TEST_CASE(errors_of_loans_name_the_queue, RobustFixture) {
    auto loan = queue.loan(1);
    expect_named("Loan::send", name,
                 thrown_by<std::invalid_argument>([&] { loan.send_prefix(2); }));
    loan.send();
    expect_named("Loan::send", name, thrown_by<crex::ExistentialError>([&] { loan.send(); }));
}

BOOST_FIXTURE_TEST_CASE(errors_of_leases_name_the_queue, RobustFixture) {
    queue.send("message");
    auto lease = queue.lease();
    BOOST_TEST(in_child([&]() -> int { // a lease stays with the parent
                   const auto lost = thrown_by<crex::LeaseLostError>([&] { lease.ack(); });
                   return contains(lost.what(), "Lease::ack(\"" + name + "\"): ") ? done : no;
               }) == done);
    lease.nack();
    expect_named("Lease::ack", name, thrown_by<crex::ExistentialError>([&] { lease.ack(); }));
    expect_named("Lease::nack", name, thrown_by<crex::ExistentialError>([&] { lease.nack(); }));
    expect_named("Lease::nack_untried", name,
                 thrown_by<crex::ExistentialError>([&] { lease.nack_untried(); }));
}

// The message's slot may hold another message by now, which must not change.
BOOST_FIXTURE_TEST_CASE(a_finished_lease_does_not_touch_the_next_message, RobustFixture) {
    queue.send("old");
    auto finished = expect_lease(queue, "old");
    finished.ack();
    fill();
    auto next = queue.lease();
    thrown_by<crex::ExistentialError>([&] { finished.ack(); });
    thrown_by<crex::ExistentialError>([&] { finished.nack(); });
    BOOST_TEST(queue.current_messages() == 3U);
    next.ack();
}

BOOST_FIXTURE_TEST_CASE(an_empty_message_can_be_leased, RobustFixture) {
    queue.send("", {}, 2);
    expect_lease(queue, "", 2).ack();
}

BOOST_FIXTURE_TEST_CASE(a_lease_outlives_its_handle, RobustFixture) {
    auto other = another_handle();
    queue.send("one");
    queue.send("two");
    auto one = expect_lease(queue, "one");
    auto two = expect_lease(queue, "two");
    queue.close();
    BOOST_TEST(text_of(one) == "one");
    BOOST_TEST(!other.try_receive());
    one.ack();
    two.nack();
    expect_lease(other, "two", 0, 1).ack();
    BOOST_TEST(!other.try_receive());
}

BOOST_FIXTURE_TEST_CASE(a_moved_lease_is_finished_where_it_went, RobustFixture) {
    queue.send("one");
    queue.send("two");
    auto one = expect_lease(queue, "one");
    auto two = expect_lease(queue, "two");
    auto kept = std::move(one);
    BOOST_TEST(one.bytes().empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    thrown_by<crex::ExistentialError>([&] { one.ack(); });
    two = std::move(kept); // it gives back its old message
    BOOST_TEST(text_of(two) == "one");
    two.ack();
    expect_lease(queue, "two", 0, 1).ack();
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(a_message_that_comes_back_ends_another_process_s_wait, RobustFixture) {
    queue.send("returned", {}, 4);
    auto lease = expect_lease(queue, "returned", 4);
    auto receiver = start_waiting("receive");
    lease.nack();
    BOOST_TEST(receiver.read_line() == "returned 4");
    BOOST_TEST(receiver.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(an_acknowledgement_ends_another_process_s_wait_for_room, RobustFixture) {
    fill();
    auto lease = queue.lease();
    auto sender = start_waiting("send", {"late", "0"});
    lease.ack();
    BOOST_TEST(sender.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(a_send_here_ends_another_process_s_wait_for_a_lease, RobustFixture) {
    auto consumer = start_robust_until("ready", "lease");
    consumer.wait_until_asleep();
    queue.send("work", {}, 3);
    BOOST_TEST(consumer.read_line() == "work 3 0");
    BOOST_TEST(consumer.wait() == done);
    BOOST_TEST(queue.current_messages() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_killed_consumer_s_lease_is_delivered_again, RobustFixture) {
    queue.send("work", {}, 7);
    for (unsigned deaths = 0; deaths < 5; ++deaths) {
        start_robust_until("work 7 " + std::to_string(deaths), "hold-lease").kill();
    }
    auto lease = queue.lease(20s); // BusyError would end the test
    BOOST_TEST(text_of(lease) == "work");
    BOOST_TEST(lease.attempts() == 5U);
    lease.ack();
    BOOST_TEST(!queue.try_receive_for(200ms));
}

BOOST_FIXTURE_TEST_CASE(a_killed_consumer_s_lease_comes_back_at_its_old_place, RobustFixture) {
    queue.send_many(std::vector<std::string_view>{"one", "two", "three"});
    start_robust_until("one 0 0", "hold-lease").kill();
    auto two = queue.lease();
    if (text_of(two) == "one") { // the lease came back quickly
        two.nack();
    } else {
        auto three = expect_lease(queue, "three");
        auto one = queue.lease(20s);
        BOOST_TEST(text_of(one) == "one");
        three.nack();
        one.nack();
        two.nack();
    }
    expect_next(queue, "one");
    expect_next(queue, "two");
    expect_next(queue, "three");
}

BOOST_FIXTURE_TEST_CASE(a_receiver_already_waiting_gets_a_killed_consumer_s_lease, RobustFixture) {
    queue.send("work");
    auto consumer = start_robust_until("work 0 0", "hold-lease");
    auto receiver = start_waiting("receive");
    consumer.kill();
    BOOST_TEST(receiver.read_line() == "work 0");
    BOOST_TEST(receiver.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(receiver_that_never_waits_gets_a_killed_consumer_s_lease_too,
                        RobustFixture) {
    queue.send("work");
    start_robust_until("work 0 0", "hold-lease").kill();
    BOOST_TEST(eventually([&] { return queue.try_receive().has_value(); }));
}

// The queue has no other slot, so the sender can only go on once the dead consumer's is given back.
BOOST_AUTO_TEST_CASE(a_killed_consumer_s_room_is_not_lost) {
    RobustFixture f{robust(1, 64)};
    for (int i = 0; i < 5; ++i) {
        f.queue.send("work");
        f.start_robust_until("work 0 0", "hold-lease").kill();
        BOOST_TEST(!f.queue.try_send_for(200ms, "there is a message in it"));
        BOOST_TEST(f.queue.receive(20s).body == "work");
    }
}

BOOST_FIXTURE_TEST_CASE(a_stopped_consumer_keeps_its_lease, RobustFixture) {
    queue.send("work");
    auto consumer = start_robust_until("work 0 0", "hold-lease");
    consumer.signal(SIGSTOP);
    BOOST_TEST(!queue.try_receive_for(300ms));
    consumer.kill();
    BOOST_TEST(queue.receive(20s).body == "work");
}

BOOST_FIXTURE_TEST_CASE(a_consumer_that_ends_properly_gives_back_its_lease, RobustFixture) {
    queue.send("work");
    BOOST_TEST(start_robust("nack").wait() == done);
    expect_lease(queue, "work", 0, 1).ack();
}

BOOST_FIXTURE_TEST_CASE(a_lease_is_safe_in_a_queue_without_a_name, RobustFixture) {
    queue.send("work");
    auto consumer = start_robust_until("work 0 0", "hold-lease");
    queue.unlink();
    consumer.kill();
    BOOST_TEST(queue.receive(20s).body == "work");
}

BOOST_FIXTURE_TEST_CASE(a_handle_without_read_leases_nothing, RobustFixture) {
    crex::MessageQueue writer{name, 0, {.read = false, .backend = backend, .at = server}};
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)writer.lease(); });
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)writer.try_lease(); });
}

BOOST_FIXTURE_TEST_CASE(a_handle_told_not_to_block_does_not_wait_for_a_lease, RobustFixture) {
    queue.block(false);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)queue.lease(); });
    BOOST_TEST(!queue.try_lease(1h));
}

BOOST_FIXTURE_TEST_CASE(a_signal_handler_ends_the_wait_for_a_lease, RobustFixture) {
    const Alarms alarms;
    expect_error<crex::SignalError>(EINTR, [&] { (void)queue.lease(); });
    expect_error<crex::SignalError>(EINTR, [&] { (void)queue.try_lease(1h); });
}
