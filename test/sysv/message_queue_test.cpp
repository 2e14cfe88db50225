// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <limits>
#include <stop_token>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"
#include "sysv/fixture.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

using crex::sysv::except;
using crex::sysv::MessageQueue;

struct Queue {
    std::int32_t key = unique_key();
    MessageQueue queue{key, crex::O_CREX, {.max_size = 64}};
    crex::sysv::RemoveOnDestroy<MessageQueue> removed{queue};

    void fill() {
        while (queue.try_send("12345678")) {
        }
    }
};

void expect_message(const std::optional<crex::sysv::Message>& message, const std::string& body,
                    long type) {
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->body == body);
    BOOST_TEST(message->type == type);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(messages_come_in_the_order_they_were_sent, Queue) {
    for (int i = 0; i < 5; ++i) {
        queue.send(std::to_string(i), {}, 1 + i % 2);
    }
    BOOST_TEST(queue.current_messages() == 5U);
    for (int i = 0; i < 5; ++i) {
        expect_message(queue.receive(), std::to_string(i), 1 + i % 2);
    }
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(a_type_chooses_the_message, Queue) {
    for (const long type : {5L, 3L, 9L, 3L}) {
        queue.send("of type " + std::to_string(type), {}, type);
    }
    expect_message(queue.receive({}, 9), "of type 9", 9);
    BOOST_TEST(!queue.try_receive(9));
    expect_message(queue.receive({}, except(5)), "of type 3", 3);
    expect_message(queue.receive({}, -5), "of type 3", 3);
    BOOST_TEST(!queue.try_receive(-4));
    BOOST_TEST(!queue.try_receive(except(5)));
    expect_message(queue.try_receive(-std::numeric_limits<long>::max()), "of type 5", 5);
}

BOOST_FIXTURE_TEST_CASE(lowest_and_highest_types_work, Queue) {
    constexpr long max = std::numeric_limits<long>::max();
    queue.send("highest", {}, max);
    expect_message(queue.receive({}, max), "highest", max);
    queue.send("highest", {}, max);
    expect_message(queue.receive({}, std::numeric_limits<long>::min()), "highest", max);
    for (const long type : {0L, -1L, std::numeric_limits<long>::min()}) {
        expect_invalid([&] { queue.send("x", {}, type); });
        expect_invalid([&] { (void)queue.try_receive(except(type)); });
    }
}

BOOST_FIXTURE_TEST_CASE(an_empty_message_is_a_message_and_any_bytes_may_be_in_one, Queue) {
    const std::string bytes{"\0\xff\n\0", 4};
    queue.send(std::span<const std::byte>{});
    queue.send("", {}, 2);
    queue.send(bytes);
    expect_message(queue.receive(), "", 1);
    expect_message(queue.receive(), "", 2);
    expect_message(queue.receive(), bytes, 1);
}

BOOST_AUTO_TEST_CASE(the_longest_message_fits_and_one_byte_more_is_invalid) {
    OnlyHere<MessageQueue> queue{MessageQueue{unique_key(), crex::O_CREX}};
    const std::size_t max = crex::sysv::message_size_max();
    queue->send(std::string(max, 'x'), {}, 3);
    expect_message(queue->peek(), std::string(max, 'x'), 3);
    expect_message(queue->receive(), std::string(max, 'x'), 3);
    const auto error =
        thrown_by<std::invalid_argument>([&] { queue->send(std::string(max + 1, 'x')); });
    BOOST_TEST(contains(error.what(), "sysctl kernel.msgmax"), error.what());
    expect_invalid([&] { (void)queue->try_send(std::string(max + 1, 'x')); });
}

BOOST_FIXTURE_TEST_CASE(a_message_longer_than_the_queue_is_invalid_and_does_not_wait, Queue) {
    BOOST_TEST(queue.max_size() == 64U);
    expect_invalid([&] { queue.send(std::string(65, 'x')); });
    expect_invalid([&] { (void)queue.try_send(std::string(65, 'x')); });
    queue.send(std::string(64, 'x'));
    BOOST_TEST(queue.info().current_size == 64U);
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_is_busy_and_keeps_what_it_has, Queue) {
    fill();
    BOOST_TEST(queue.current_messages() == 8U);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { queue.send("x", 0s); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { queue.send("x", -1s); });
    BOOST_TEST(!queue.try_send("x"));
    BOOST_TEST(queue.current_messages() == 8U);
}

BOOST_FIXTURE_TEST_CASE(timeouts_are_busy_errors_and_never_early, Queue) {
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)queue.receive(50ms); });
                }) >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_receive_for(30ms)); }) >= 30ms));
    fill();
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { queue.send("x", 50ms); });
                }) >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_send_for(30ms, "x")); }) >= 30ms));
}

BOOST_FIXTURE_TEST_CASE(a_message_wakes_another_process_that_waits_for_its_type, Queue) {
    for (const auto& timeout : std::vector<std::vector<std::string>>{{"4"}, {"4", "3600000"}}) {
        auto peer = let_sysv_peer_wait("receive", key, timeout);
        queue.send("not for you", {}, 3);
        queue.send("for you", {}, 4);
        BOOST_TEST(peer.read_line() == "for you 4");
        BOOST_TEST(peer.wait() == done);
        expect_message(queue.receive(), "not for you", 3);
    }
}

BOOST_FIXTURE_TEST_CASE(room_wakes_another_process_that_waits_for_it, Queue) {
    fill();
    auto peer = let_sysv_peer_wait("send", key, {"87654321", "2"});
    (void)queue.receive();
    BOOST_TEST(peer.wait() == done);
    expect_message(queue.receive({}, 2), "87654321", 2);
}

BOOST_FIXTURE_TEST_CASE(killed_waiters_disturb_nobody, Queue) {
    for (int i = 0; i < 3; ++i) {
        let_sysv_peer_wait("receive", key, {"0"}).kill();
    }
    auto survivor = let_sysv_peer_wait("receive", key, {"0"});
    queue.send("hello");
    BOOST_TEST(survivor.read_line() == "hello 1");
    BOOST_TEST(survivor.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(waiters_for_a_removed_queue_get_an_existential_error, Queue) {
    auto for_ever = let_sysv_peer_wait("receive", key, {"0"});
    auto for_an_hour = let_sysv_peer_wait("receive", key, {"0", "3600000"});
    queue.remove();
    BOOST_TEST(for_ever.wait() == existential_error);
    BOOST_TEST(for_an_hour.wait() == existential_error);
    expect_error<crex::ExistentialError>(EIDRM, [&] { queue.send("x"); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)queue.peek(); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)queue.info(); });
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_the_wait, Queue) {
    {
        const Alarms alarms{SA_RESTART}; // the kernel ignores the flag here
        expect_error<crex::SignalError>(EINTR, [&] { (void)queue.receive(); });
        BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_receive_for(200ms)); }) >= 200ms));
    }
    const Alarms alarms{0};
    expect_error<crex::SignalError>(EINTR, [&] { (void)queue.receive(1h); });
    fill();
    expect_error<crex::SignalError>(EINTR, [&] { queue.send("x"); });
    expect_error<crex::SignalError>(EINTR, [&] { queue.send("x", 1h); });
}

BOOST_FIXTURE_TEST_CASE(a_stop_token_ends_the_wait, Queue) {
    std::stop_source source;
    const std::stop_token stop = source.get_token();
    const std::jthread stopper{[&] {
        std::this_thread::sleep_for(60ms);
        source.request_stop();
    }};
    expect_error<crex::StoppedError>(ECANCELED, [&] { (void)queue.receive(stop); });
    fill();
    expect_error<crex::StoppedError>(ECANCELED, [&] { queue.send("x", {1h, stop}); });
}

BOOST_FIXTURE_TEST_CASE(peeking_leaves_messages_where_they_are, Queue) {
    BOOST_TEST(!queue.peek());
    queue.send("one", {}, 5);
    queue.send("two", {}, 6);
    expect_message(queue.peek(), "one", 5);
    expect_message(queue.peek(1), "two", 6);
    BOOST_TEST(!queue.peek(2));
    BOOST_TEST(!queue.peek(std::numeric_limits<std::size_t>::max()));
    BOOST_TEST(queue.current_messages() == 2U);
}

BOOST_FIXTURE_TEST_CASE(size_of_a_queue_can_be_changed, Queue) {
    queue.max_size(8);
    BOOST_TEST(queue.max_size() == 8U);
    queue.send("12345678");
    BOOST_TEST(!queue.try_send("1"));
    queue.max_size(9);
    BOOST_TEST(queue.try_send("1"));
    queue.mode(0644);
    BOOST_TEST(queue.max_size() == 9U);
    expect_invalid([&] { queue.max_size(0); });
    expect_invalid([&] { queue.max_size(std::numeric_limits<std::size_t>::max()); });
}

// Root may do this, but not in most containers.
BOOST_AUTO_TEST_CASE(size_above_the_system_s_works_or_is_refused_and_creates_nothing) {
    const auto key = unique_key();
    constexpr std::size_t size = 10'000'000;
    const auto create = [&] { return MessageQueue{key, crex::O_CREX, {.max_size = size}}; };
    try {
        OnlyHere<MessageQueue> queue{create()};
        BOOST_TEST(queue->max_size() == size);
    } catch (const crex::PermissionsError& error) {
        BOOST_TEST(contains(error.what(), "sysctl kernel.msgmnb"), error.what());
        BOOST_TEST(!MessageQueue::try_open(key));
    }
    BOOST_TEST(in_child([&]() -> int {
                   if (geteuid() == 0 && setuid(65534) != 0) {
                       return usage;
                   }
                   create();
                   return done;
               }) == permissions_error);
    BOOST_TEST(!MessageQueue::try_open(key));
}

BOOST_FIXTURE_TEST_CASE(queue_tells_the_last_users_and_times, Queue) {
    auto info = queue.info();
    BOOST_TEST(info.last_send_pid == 0);
    BOOST_TEST(!info.last_send_time);
    BOOST_TEST(!info.last_receive_time);
    BOOST_TEST(info.last_change_time.has_value());
    queue.send("hello");
    auto peer = start_sysv_peer("receive", key, {"0"});
    BOOST_TEST(peer.wait() == done);
    info = queue.info();
    BOOST_TEST(info.last_send_pid == getpid());
    BOOST_TEST(info.last_receive_pid == peer.pid());
    BOOST_TEST(info.last_send_time.has_value());
    BOOST_TEST(info.last_receive_time.has_value());
}

BOOST_AUTO_TEST_CASE(queue_that_its_owner_may_not_read_can_have_a_size) {
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE((geteuid() != 0 || setuid(65534) == 0));
                   OnlyHere<MessageQueue> mailbox{
                       MessageQueue{unique_key(), crex::O_CREX, {.mode = 0200, .max_size = 100}}};
                   const std::string letter(60, 'x');
                   const bool fits = mailbox->try_send(letter) && !mailbox->try_send(letter);
                   expect_error<crex::PermissionsError>(EACCES,
                                                        [&] { MessageQueue{mailbox->key()}; });
                   return fits ? done : no;
               }) == done);
}

BOOST_AUTO_TEST_CASE(handle_for_one_direction_needs_no_permission_for_the_other) {
    const auto key = unique_key();
    OnlyHere<MessageQueue> mailbox{MessageQueue{key, crex::O_CREX, {.mode = 0622}}};
    expect_invalid([&] { MessageQueue(key, 0, {.read = false, .write = false}); });
    if (geteuid() != 0) {
        skip("only root can become another user");
        return;
    }
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE(setuid(65534) == 0);
                   MessageQueue{key, 0, {.read = false}}.send("a letter");
                   return done;
               }) == done);
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE(setuid(65534) == 0);
                   MessageQueue{key};
                   return done;
               }) == permissions_error);
    expect_message(mailbox->receive(), "a letter", 1);
}
