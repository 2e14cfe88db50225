// SPDX-License-Identifier: BSL-1.0

// The contract of a message queue on every backend. A backend must pass this suite.

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include "contract/queue_fixture.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/signals.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

template <class Kind> using Fixture = QueueFixture<Kind>;

BOOST_AUTO_TEST_CASE_TEMPLATE(queue_has_the_sizes_it_was_created_with, Kind, QueueKinds) {
    Fixture<Kind> f;
    const crex::MessageQueue again{
        f.name,
        crex::o_creat,
        {.max_messages = 7, .max_message_size = 7, .backend = f.backend, .at = f.server}};
    for (const auto* queue : {&std::as_const(f.queue), &again}) {
        BOOST_TEST(queue->max_messages() == 4U);
        BOOST_TEST(queue->max_message_size() == 64U);
        BOOST_TEST(queue->current_messages() == 0U);
        BOOST_TEST((queue->backend() == f.backend));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(queue_holds_ten_messages_of_8192_bytes_by_default, Kind, QueueKinds) {
    crex::MessageQueue queue{
        std::nullopt, crex::O_CREX, {.backend = Kind::backend, .at = Kind::server()}};
    const Removed<Kind> removed{queue.name()};
    BOOST_TEST(queue.max_messages() == crex::queue_messages_max_default);
    BOOST_TEST(queue.max_message_size() == crex::queue_message_size_max_default);
    const std::string longest(8192, 'x');
    queue.send(longest);
    expect_next(queue, longest);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(messages_come_in_the_order_they_were_sent, Kind, QueueKinds) {
    Fixture<Kind> f;
    // The number is several times the capacity, so that ring buffers wrap around.
    for (int i = 0; i < 25; i += 2) {
        f.queue.send(std::to_string(i));
        f.queue.send(std::to_string(i + 1));
        BOOST_TEST(f.queue.current_messages() == 2U);
        expect_next(f.queue, std::to_string(i));
        expect_next(f.queue, std::to_string(i + 1));
    }
    BOOST_TEST(!f.queue.try_receive());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(higher_priority_comes_first_and_older_first_within_it, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("low", {}, 1);
    f.queue.send("high one", {}, crex::queue_priority_max);
    f.queue.send("none");
    f.queue.send("high two", {}, crex::queue_priority_max);
    expect_next(f.queue, "high one", crex::queue_priority_max);
    expect_next(f.queue, "high two", crex::queue_priority_max);
    expect_next(f.queue, "low", 1);
    expect_next(f.queue, "none");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(any_mix_of_priorities_comes_out_sorted_and_stable, Kind, QueueKinds) {
    crex::MessageQueue queue{std::nullopt,
                             crex::O_CREX,
                             {.max_messages = 10, .backend = Kind::backend, .at = Kind::server()}};
    const Removed<Kind> removed{queue.name()};
    std::multimap<unsigned, std::string, std::greater<>> expected; // insertion order within a key
    unsigned random = 1;
    for (int i = 0; i < 2'000; ++i) {
        random = random * 1'103'515'245 + 12'345;
        const bool send = expected.empty() || (expected.size() < 10 && (random >> 16) % 5 < 3);
        if (send) {
            const unsigned priority = (random >> 20) % 4;
            queue.send(std::to_string(i), {}, priority);
            expected.emplace(priority, std::to_string(i));
        } else {
            expect_next(queue, expected.begin()->second, expected.begin()->first);
            expected.erase(expected.begin());
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_empty_message_is_a_message, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send(std::span<const std::byte>{});
    f.queue.send("", {}, 3);
    BOOST_TEST(f.queue.current_messages() == 2U);
    expect_next(f.queue, "", 3);
    expect_next(f.queue, "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_message_may_hold_any_bytes, Kind, QueueKinds) {
    Fixture<Kind> f;
    const std::string bytes{"\0\xff\n\0", 4};
    f.queue.send(bytes);
    expect_next(f.queue, bytes);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_message_of_the_maximum_size_fits_and_one_byte_more_is_invalid, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.queue.send(std::string(64, 'x'));
    expect_invalid([&] { f.queue.send(std::string(65, 'x')); });
    expect_invalid([&] { (void)f.queue.try_send(std::string(65, 'x')); });
    expect_next(f.queue, std::string(64, 'x'));
    BOOST_TEST(f.queue.current_messages() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_priority_above_the_maximum_is_invalid, Kind, QueueKinds) {
    Fixture<Kind> f;
    expect_invalid([&] { f.queue.send("x", {}, crex::queue_priority_max + 1); });
    BOOST_TEST(f.queue.current_messages() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receive_into_fills_the_callers_buffer, Kind, QueueKinds) {
    Fixture<Kind> f;
    std::array<std::byte, 64> buffer{};
    BOOST_TEST(!f.queue.try_receive_into(buffer));
    f.queue.send("hello", {}, 2);
    const auto received = f.queue.receive_into(buffer);
    BOOST_TEST(received.size == 5U);
    BOOST_TEST(received.priority == 2U);
    BOOST_TEST((buffer[4] == std::byte{'o'}));
    expect_invalid([&] { f.queue.receive_into(std::span{buffer}.first(63)); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_full_queue_is_busy_and_keeps_what_it_has, Kind, QueueKinds) {
    Fixture<Kind> f;
    for (int i = 0; i < 4; ++i) {
        f.queue.send(std::to_string(i));
    }
    BOOST_TEST(!f.queue.try_send("x"));
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.queue.send("x", 0s); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.queue.send("x", -1s); });
    BOOST_TEST(f.queue.current_messages() == 4U);
    for (int i = 0; i < 4; ++i) {
        expect_next(f.queue, std::to_string(i));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(timeouts_are_never_early, Kind, QueueKinds) {
    Fixture<Kind> f;
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)f.queue.receive(50ms); });
                }) >= 50ms));
    f.fill();
    BOOST_TEST((time_of([&] {
                    expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.queue.send("x", 50ms); });
                }) >= 50ms));
    BOOST_TEST((time_of([&] { BOOST_TEST(!f.queue.try_send_for(30ms, "x")); }) >= 30ms));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_handle_told_not_to_block_never_waits, Kind, QueueKinds) {
    Fixture<Kind> f;
    BOOST_TEST(f.queue.block());
    f.queue.block(false);
    BOOST_TEST(!f.queue.block());
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)f.queue.receive(); });
    f.fill();
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { f.queue.send("x"); });
    const crex::MessageQueue other{f.name, 0, {.backend = f.backend, .at = f.server}};
    BOOST_TEST(other.block());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_handle_does_only_what_it_was_opened_for, Kind, QueueKinds) {
    Fixture<Kind> f;
    crex::MessageQueue reader{f.name, 0, {.write = false, .backend = f.backend, .at = f.server}};
    crex::MessageQueue writer{f.name, 0, {.read = false, .backend = f.backend, .at = f.server}};
    expect_error<crex::PermissionsError>(EACCES, [&] { reader.send("x"); });
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)writer.receive(); });
    writer.send("x");
    expect_next(reader, "x");
    expect_invalid([&] {
        crex::MessageQueue(f.name, 0,
                           {.read = false, .write = false, .backend = f.backend, .at = f.server});
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(impossible_sizes_are_invalid_and_create_nothing, Kind, QueueKinds) {
    const std::string name = unique_name();
    const auto create = [&](std::size_t messages, std::size_t size) {
        expect_invalid([&] {
            crex::MessageQueue(name, crex::O_CREX,
                               {.max_messages = messages,
                                .max_message_size = size,
                                .backend = Kind::backend,
                                .at = Kind::server()});
        });
    };
    create(0, 64);
    create(4, 0);
    create(static_cast<std::size_t>(-1), 64);
    create(4, static_cast<std::size_t>(-1));
    create(std::size_t{1} << 32, std::size_t{1} << 32);
    BOOST_TEST(!Kind::try_open(name));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sizes_are_ignored_when_the_queue_exists, Kind, QueueKinds) {
    const Fixture<Kind> f;
    const crex::MessageQueueOptions none{
        .max_messages = 0, .max_message_size = 0, .backend = Kind::backend, .at = Kind::server()};
    for (const int flags : {0, crex::o_creat}) {
        const crex::MessageQueue again{f.name, flags, none};
        BOOST_TEST(again.max_messages() == 4U);
        BOOST_TEST(again.max_message_size() == 64U);
    }
    const std::string missing = unique_name();
    BOOST_TEST(!crex::MessageQueue::try_open(missing, 0, none));
    expect_invalid([&] { crex::MessageQueue(missing, crex::o_creat, none); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(opening_the_wrong_backend_names_the_right_one, Kind, QueueKinds) {
    const Fixture<Kind> f;
    for (const auto other : {crex::Backend::boost, crex::Backend::posix, crex::Backend::robust}) {
        if (other != f.backend) {
            const auto error = thrown_by<crex::ExistentialError>(
                [&] { crex::MessageQueue(f.name, 0, {.backend = other}); });
            BOOST_TEST(contains(error.what(), f.backend_name() + " backend"), error.what());
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_send_in_another_process_ends_this_one_s_wait, Kind, QueueKinds) {
    Fixture<Kind> f;
    auto peer = f.start("send", {"hello", "7"});
    const auto [body, priority] = f.queue.receive();
    BOOST_TEST(body == "hello");
    BOOST_TEST(priority == 7U);
    BOOST_TEST(peer.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_send_here_ends_another_process_s_wait, Kind, QueueKinds) {
    Fixture<Kind> f;
    auto peer = f.start_waiting("receive");
    f.queue.send("hello", {}, 7);
    BOOST_TEST(peer.read_line() == "hello 7");
    BOOST_TEST(peer.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receive_ends_another_process_s_wait_for_room, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.fill();
    auto peer = f.start_waiting("send", {"last", "0"});
    expect_next(f.queue, "filler");
    BOOST_TEST(peer.wait() == done);
    BOOST_TEST(f.queue.current_messages() == 4U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(timed_wait_ends_as_soon_as_there_is_a_message_or_room, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    auto receiver = f.start_waiting("receive", {"3600000"});
    f.queue.send("hello");
    BOOST_TEST(receiver.read_line() == "hello 0");
    f.fill();
    auto sender = f.start_waiting("send", {"last", "0", "3600000"});
    (void)f.queue.receive();
    BOOST_TEST(sender.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_ends_a_wait, Kind, QueueKinds) {
    Fixture<Kind> f;
    for (const std::vector<std::string>& timeout : {std::vector<std::string>{}, {"3600000"}}) {
        auto receiver = f.start_waiting("receive", timeout);
        BOOST_TEST(receiver.wait_after(SIGINT) == signal_error);
    }
    f.fill();
    auto sender = f.start_waiting("send", {"x", "0"});
    BOOST_TEST(sender.wait_after(SIGINT) == signal_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_signal_handler_ends_a_wait_and_loses_nothing, Kind, QueueKinds) {
    Fixture<Kind> f;
    {
        const Alarms alarms;
        expect_error<crex::SignalError>(EINTR, [&] { (void)f.queue.receive(); });
        expect_error<crex::SignalError>(EINTR, [&] { (void)f.queue.receive(1h); });
        f.fill();
        expect_error<crex::SignalError>(EINTR, [&] { f.queue.send("x"); });
        expect_error<crex::SignalError>(EINTR, [&] { f.queue.send("x", 1h); });
    }
    BOOST_TEST(f.queue.current_messages() == 4U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_signal_handler_with_sa_restart_does_not_end_a_wait, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    const Alarms alarms{SA_RESTART};
    BOOST_TEST((time_of([&] { BOOST_TEST(!f.queue.try_receive_for(200ms)); }) >= 200ms));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_call_that_does_not_wait_is_not_interrupted, Kind, QueueKinds) {
    Fixture<Kind> f;
    const Alarms alarms;
    const auto until = std::chrono::steady_clock::now() + 200ms;
    while (std::chrono::steady_clock::now() < until) { // SignalError would end the test
        BOOST_TEST_REQUIRE(!f.queue.try_receive());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(killed_waiting_receivers_disturb_nobody, Kind, QueueKinds) {
    Fixture<Kind> f;
    for (int i = 0; i < 5; ++i) {
        f.start_waiting("receive").kill();
    }
    auto survivor = f.start_waiting("receive");
    for (int i = 0; i < 20; ++i) {
        f.queue.send(std::to_string(i));
        if (i == 0) {
            BOOST_TEST(survivor.read_line() == "0 0");
        } else {
            expect_next(f.queue, std::to_string(i));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(killed_waiting_senders_disturb_nobody, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.fill();
    for (int i = 0; i < 5; ++i) {
        f.start_waiting("send", {"ghost", "0"}).kill();
    }
    auto survivor = f.start_waiting("send", {"alive", "0"});
    for (int i = 0; i < 4; ++i) {
        expect_next(f.queue, "filler");
    }
    BOOST_TEST(survivor.wait() == done);
    expect_next(f.queue, "alive");
    BOOST_TEST(!f.queue.try_receive());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(many_senders_lose_and_repeat_nothing, Kind, QueueKinds) {
    Fixture<Kind> f;
    constexpr int each = 500;
    std::vector<Process> senders;
    for (const std::string prefix : {"a", "b", "c"}) {
        senders.push_back(f.start("send-many", {std::to_string(each), prefix}));
    }
    std::map<char, int> next; // each sender's messages come in its own order
    for (int i = 0; i < 3 * each; ++i) {
        const auto message = f.queue.receive();
        BOOST_TEST(message.body.substr(1) == std::to_string(next[message.body[0]]++));
    }
    BOOST_TEST(!f.queue.try_receive());
    for (auto& sender : senders) {
        BOOST_TEST(sender.wait() == done);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads_may_share_one_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    constexpr int each = 300;
    std::atomic<int> sum{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            for (int i = 1; i <= each; ++i) {
                f.queue.send(std::to_string(i));
            }
        });
        threads.emplace_back([&] {
            for (int i = 1; i <= each; ++i) {
                sum += std::stoi(f.queue.receive().body);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(sum == 2 * each * (each + 1) / 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_forked_child_shares_the_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    const pid_t child = fork();
    if (child == 0) {
        f.queue.send("from the child");
        _exit(0);
    }
    BOOST_TEST(f.queue.receive().body == "from the child");
    waitpid(child, nullptr, 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(messages_outlive_every_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("left for later", {}, 1);
    f.queue.close();
    crex::MessageQueue again{f.name, 0, {.backend = f.backend, .at = f.server}};
    expect_next(again, "left for later", 1);
}
