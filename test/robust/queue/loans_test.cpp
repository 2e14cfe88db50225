// SPDX-License-Identifier: BSL-1.0

// Messages written where the queue keeps them.

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

BOOST_FIXTURE_TEST_CASE(a_message_is_read_where_it_was_written, RobustFixture) {
    auto loan = queue.loan(5);
    const std::byte* const written = loan.bytes().data();
    write(loan, "hello");
    loan.send(7);
    auto lease = expect_lease(queue, "hello", 7);
    BOOST_TEST((lease.bytes().data() == written));
    lease.ack();
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(loans_and_copies_are_the_same_messages, RobustFixture) {
    send_in_place(queue, "in place", 1);
    queue.send("by copy", {}, 1);
    expect_next(queue, "in place", 1);
    expect_lease(queue, "by copy", 1).ack();
}

BOOST_FIXTURE_TEST_CASE(a_loan_is_as_long_as_was_asked_for, RobustFixture) {
    for (const std::size_t size : {0U, 1U, 63U, 64U}) {
        auto loan = queue.loan(size);
        BOOST_TEST(loan.bytes().size() == size);
        std::ranges::fill(loan.bytes(), std::byte{'x'});
        loan.send();
        expect_next(queue, std::string(size, 'x'));
    }
}

BOOST_FIXTURE_TEST_CASE(loan_moved_to_itself_keeps_its_room, RobustFixture) {
    auto loan = queue.loan(5);
    auto& same = loan;
    loan = std::move(same);
    write(loan, "hello");
    loan.send();
    expect_next(queue, "hello");
}

BOOST_FIXTURE_TEST_CASE(replaced_loan_frees_its_room, RobustFixture) {
    auto loan = queue.loan(5);
    for (int i = 0; i < 10; ++i) {
        loan = queue.loan(5);
    }
    BOOST_TEST(queue.try_loan(5).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_loan_above_the_maximum_size_is_invalid, RobustFixture) {
    expect_invalid([&] { (void)queue.loan(65); });
    expect_invalid([&] { (void)queue.try_loan(65); });
    expect_invalid([&] { (void)queue.loan(static_cast<std::size_t>(-1)); });
    fill();
    BOOST_TEST(queue.current_messages() == 4U); // it took no room
}

BOOST_FIXTURE_TEST_CASE(a_dropped_loan_sends_nothing_and_frees_its_room, RobustFixture) {
    for (int i = 0; i < 10; ++i) {
        const auto loan = queue.loan(64);
        BOOST_TEST(queue.current_messages() == 0U);
    }
    BOOST_TEST(!queue.try_receive());
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

BOOST_FIXTURE_TEST_CASE(the_first_bytes_of_a_loan_can_be_sent_alone, RobustFixture) {
    for (const std::size_t size : {0U, 3U, 8U}) {
        auto loan = queue.loan(8);
        write(loan, "12345678");
        loan.send_prefix(size, 2);
        BOOST_TEST(loan.bytes().empty());
        expect_next(queue, std::string{"12345678"}.substr(0, size), 2);
    }
}

BOOST_FIXTURE_TEST_CASE(size_beyond_the_loan_cannot_be_sent, RobustFixture) {
    auto loan = queue.loan(8);
    write(loan, "12345678");
    expect_invalid([&] { loan.send_prefix(9); });
    loan.send();
    expect_next(queue, "12345678");
}

BOOST_FIXTURE_TEST_CASE(a_loan_is_sent_once, RobustFixture) {
    auto loan = queue.loan(5);
    write(loan, "hello");
    loan.send();
    BOOST_TEST(loan.bytes().empty());
    thrown_by<crex::ExistentialError>([&] { loan.send(); });
    thrown_by<crex::ExistentialError>([&] { loan.send_prefix(1); });
    expect_next(queue, "hello");
    thrown_by<crex::ExistentialError>([&] { loan.send(); });
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(a_loan_refused_for_its_priority_can_still_be_sent, RobustFixture) {
    auto loan = queue.loan(5);
    write(loan, "hello");
    expect_invalid([&] { loan.send(crex::queue_priority_max + 1); });
    BOOST_TEST(queue.current_messages() == 0U);
    loan.send(crex::queue_priority_max);
    expect_next(queue, "hello", crex::queue_priority_max);
}

BOOST_FIXTURE_TEST_CASE(a_stalled_loan_delays_nobody, RobustFixture) {
    auto stalled = queue.loan(7);
    write(stalled, "stalled");
    for (int i = 0; i < 100; ++i) { // many times round the queue
        queue.send(std::to_string(i));
        queue.send("and more");
        expect_next(queue, std::to_string(i));
        expect_next(queue, "and more");
    }
    queue.send("before");
    stalled.send();
    queue.send("after");
    expect_next(queue, "before");
    expect_next(queue, "stalled"); // its place in the order was set when it was sent
    expect_next(queue, "after");
}

BOOST_FIXTURE_TEST_CASE(loans_count_against_the_capacity, RobustFixture) {
    std::vector<crex::Loan> loans;
    for (int i = 0; i < 4; ++i) {
        loans.push_back(queue.loan(1));
    }
    BOOST_TEST(!queue.try_loan(1));
    BOOST_TEST(!queue.try_send("x"));
    BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_loan(1, 30ms)); }) >= 30ms));
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)queue.loan(1, 30ms); });
                }) >= 30ms));
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { queue.send("x", 0s); });
    loans.pop_back();
    BOOST_TEST(queue.try_send("there is room again"));
}

BOOST_FIXTURE_TEST_CASE(a_dropped_loan_ends_another_process_s_wait_for_room, RobustFixture) {
    std::vector<crex::Loan> loans;
    for (int i = 0; i < 4; ++i) {
        loans.push_back(queue.loan(1));
    }
    auto sender = start_waiting("send", {"late", "0"});
    auto lender = start_robust_until("ready", "loan", {"in place"});
    lender.wait_until_asleep();
    loans.pop_back();
    loans.pop_back();
    BOOST_TEST(sender.wait() == done);
    BOOST_TEST(lender.wait() == done);
    BOOST_TEST(queue.current_messages() == 2U);
}

BOOST_FIXTURE_TEST_CASE(sending_a_loan_ends_another_process_s_wait, RobustFixture) {
    auto receiver = start_waiting("receive");
    auto loan = queue.loan(5);
    write(loan, "hello");
    loan.send(7);
    BOOST_TEST(receiver.read_line() == "hello 7");
    BOOST_TEST(receiver.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(a_killed_producer_s_loans_free_their_room, RobustFixture) {
    for (int i = 0; i < 5; ++i) {
        start_robust_until("ready", "hold-loans", {"4"}).kill();
        for (int j = 0; j < 4; ++j) {
            queue.send("x", 20s); // BusyError would end the test
        }
        BOOST_TEST(queue.receive_many(10).size() == 4U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_sender_already_waiting_gets_a_killed_producer_s_room, RobustFixture) {
    auto producer = start_robust_until("ready", "hold-loans", {"4"});
    auto sender = start_waiting("send", {"alive", "0"});
    producer.kill();
    BOOST_TEST(sender.wait() == done);
    expect_next(queue, "alive");
}

BOOST_FIXTURE_TEST_CASE(sender_that_never_waits_gets_a_killed_producer_s_room_too, RobustFixture) {
    start_robust_until("ready", "hold-loans", {"4"}).kill();
    BOOST_TEST(eventually([&] { return queue.try_send("polled"); }));
}

BOOST_FIXTURE_TEST_CASE(a_stopped_producer_keeps_its_loan, RobustFixture) {
    auto producer = start_robust_until("ready", "hold-loans", {"4"});
    producer.signal(SIGSTOP);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { queue.send("x", 300ms); });
    producer.kill();
    queue.send("x", 20s);
}

BOOST_FIXTURE_TEST_CASE(a_loan_outlives_its_handle, RobustFixture) {
    auto loan = queue.loan(5);
    auto other = another_handle();
    queue.close();
    write(loan, "hello");
    loan.send();
    expect_next(other, "hello");
}

BOOST_FIXTURE_TEST_CASE(loan_is_sent_from_where_it_was_moved_to, RobustFixture) {
    auto first = queue.loan(5);
    write(first, "first");
    auto second = queue.loan(6);
    auto kept = std::move(first);
    BOOST_TEST(first.bytes().empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    thrown_by<crex::ExistentialError>([&] { first.send(); });
    second = std::move(kept); // it drops its old loan
    second.send();
    expect_next(queue, "first");
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

BOOST_FIXTURE_TEST_CASE(handle_without_write_gives_no_loan, RobustFixture) {
    crex::MessageQueue reader{name, 0, {.write = false, .backend = backend}};
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)reader.loan(1); });
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)reader.try_loan(1); });
}

BOOST_FIXTURE_TEST_CASE(a_handle_told_not_to_block_does_not_wait_for_a_loan, RobustFixture) {
    fill();
    queue.block(false);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)queue.loan(1); });
    BOOST_TEST(!queue.try_loan(1, 1h));
}

BOOST_FIXTURE_TEST_CASE(a_signal_handler_ends_the_wait_for_a_loan, RobustFixture) {
    fill();
    const Alarms alarms;
    expect_error<crex::SignalError>(EINTR, [&] { (void)queue.loan(1); });
    expect_error<crex::SignalError>(EINTR, [&] { (void)queue.try_loan(1, 1h); });
}

BOOST_AUTO_TEST_CASE(a_large_message_goes_from_process_to_process_without_a_copy) {
    constexpr std::size_t size = 1U << 20;
    RobustFixture f{robust(2, size)};
    const int status = in_child([&] {
        auto loan = f.queue.loan(size);
        std::ranges::fill(loan.bytes(), std::byte{42});
        loan.send();
        return done;
    });
    BOOST_TEST(status == done);
    auto lease = f.queue.lease();
    BOOST_TEST(lease.bytes().size() == size);
    BOOST_TEST(std::ranges::count(lease.bytes(), std::byte{42}) ==
               static_cast<std::ptrdiff_t>(size));
    lease.ack();
}
