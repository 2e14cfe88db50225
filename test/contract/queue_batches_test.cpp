// SPDX-License-Identifier: BSL-1.0

// send_many() and receive_many(), which work on every backend like the rest of the contract.

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "contract/queue_fixture.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

template <class Kind> using Fixture = QueueFixture<Kind>;

namespace {

using Bodies = std::vector<std::string_view>;

std::vector<std::string> numbers(int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) {
        texts.push_back(std::to_string(i));
    }
    return texts;
}

Bodies bodies_of(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

void expect_bodies(const std::vector<crex::Message>& messages, const Bodies& expected) {
    BOOST_TEST_REQUIRE(messages.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST(messages[i].body == expected[i]);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_comes_out_in_the_order_it_went_in, Kind, QueueKinds) {
    Fixture<Kind> f;
    // The number is several times the capacity, so that ring buffers wrap around.
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(f.queue.send_many(Bodies{"a", "", "c"}, {}, 5) == 3U);
        BOOST_TEST(f.queue.current_messages() == 3U);
        const auto received = f.queue.receive_many(10);
        expect_bodies(received, {"a", "", "c"});
        for (const auto& message : received) {
            BOOST_TEST(message.priority == 5U);
        }
    }
    BOOST_TEST(!f.queue.try_receive());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_may_be_of_any_bytes, Kind, QueueKinds) {
    Fixture<Kind> f;
    const std::string one{"\0\xff\n\0", 4};
    const std::string two(64, '\x80');
    const std::array<std::span<const std::byte>, 3> batch{
        std::as_bytes(std::span{one}), std::as_bytes(std::span{two}), std::span<const std::byte>{}};
    BOOST_TEST(f.queue.send_many(batch) == 3U);
    expect_bodies(f.queue.receive_many(3), {one, two, ""});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(single_messages_and_batches_share_one_order, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("first");
    f.queue.send_many(Bodies{"second", "third"});
    f.queue.send("urgent", {}, 1);
    expect_next(f.queue, "urgent", 1);
    expect_bodies(f.queue.receive_many(2), {"first", "second"});
    expect_next(f.queue, "third");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_is_received_by_priority_and_age, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send_many(Bodies{"low one", "low two"}, {}, 1);
    f.queue.send_many(Bodies{"high one", "high two"}, {}, crex::queue_priority_max);
    const auto received = f.queue.receive_many(4);
    expect_bodies(received, {"high one", "high two", "low one", "low two"});
    BOOST_TEST(received[1].priority == crex::queue_priority_max);
    BOOST_TEST(received[2].priority == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_larger_than_the_queue_waits_for_its_receiver, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    const auto texts = numbers(100);
    std::vector<std::string> received;
    std::thread receiver{[&, queue = f.another_handle()]() mutable {
        while (received.size() < texts.size()) {
            for (const auto& message : queue.receive_many(3)) {
                received.push_back(message.body);
            }
        }
    }};
    BOOST_TEST(f.queue.send_many(bodies_of(texts)) == texts.size());
    receiver.join();
    BOOST_TEST(received == texts, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_in_one_process_feeds_every_waiting_receiver, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    std::vector<Process> receivers;
    for (int i = 0; i < 4; ++i) {
        receivers.push_back(f.start_waiting("receive"));
    }
    BOOST_TEST(f.queue.send_many(Bodies{"x", "x", "x", "x"}) == 4U);
    for (auto& receiver : receivers) {
        BOOST_TEST(receiver.read_line() == "x 0");
        BOOST_TEST(receiver.wait() == done);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiving_many_makes_room_for_every_waiting_sender, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.fill();
    std::vector<Process> senders;
    for (int i = 0; i < 4; ++i) {
        senders.push_back(f.start_waiting("send", {"late", "0"}));
    }
    expect_bodies(f.queue.receive_many(4), {"filler", "filler", "filler", "filler"});
    for (auto& sender : senders) {
        BOOST_TEST(sender.wait() == done);
    }
    expect_bodies(f.queue.receive_many(10), {"late", "late", "late", "late"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timeout_tells_how_many_of_the_batch_were_sent, Kind, QueueKinds) {
    Fixture<Kind> f;
    const auto texts = numbers(6);
    BOOST_TEST(
        (time_of([&] { BOOST_TEST(f.queue.send_many(bodies_of(texts), 50ms) == 4U); }) >= 50ms));
    BOOST_TEST(f.queue.send_many(bodies_of(texts), 0s) == 0U);
    (void)f.queue.receive();
    BOOST_TEST(f.queue.send_many(Bodies{"next", "none"}, 0s) == 1U);
    expect_bodies(f.queue.receive_many(10), {"1", "2", "3", "next"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_handle_told_not_to_block_sends_what_fits, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.block(false);
    BOOST_TEST(f.queue.receive_many(4).empty());
    BOOST_TEST(f.queue.send_many(bodies_of(numbers(6))) == 4U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_body_that_is_too_long_keeps_the_whole_batch_back, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    const std::string too_long(65, 'x');
    expect_invalid([&] { f.queue.send_many(Bodies{"fits", "fits", too_long}); });
    expect_invalid([&] { f.queue.send_many(Bodies{"fits"}, {}, crex::queue_priority_max + 1); });
    BOOST_TEST(f.queue.current_messages() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_empty_batch_is_sent_and_received_at_once, Kind, QueueKinds) {
    Fixture<Kind> f;
    BOOST_TEST(f.queue.send_many(Bodies{}) == 0U);
    BOOST_TEST(f.queue.receive_many(0).empty());
    std::array<std::byte, 64> buffer{};
    BOOST_TEST(f.queue.receive_many_into(buffer, {}) == 0U);
    f.fill();
    BOOST_TEST(f.queue.send_many(Bodies{}) == 0U); // no room is needed either
    BOOST_TEST(f.queue.receive_many(0).empty());
    BOOST_TEST(f.queue.current_messages() == 4U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiving_many_waits_for_the_first_alone, Kind, QueueKinds) {
    Fixture<Kind> f;
    BOOST_TEST((time_of([&] { BOOST_TEST(f.queue.receive_many(2, 50ms).empty()); }) >= 50ms));
    f.queue.send("only");
    expect_bodies(f.queue.receive_many(10), {"only"}); // otherwise this waits forever
    auto sender = f.start("send", {"late", "0"});
    expect_bodies(f.queue.receive_many(10), {"late"});
    BOOST_TEST(sender.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiving_many_takes_no_more_than_the_given_maximum, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.queue.send_many(Bodies{"a", "b", "c", "d"});
    expect_bodies(f.queue.receive_many(3), {"a", "b", "c"});
    expect_next(f.queue, "d");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receive_many_into_puts_bodies_one_after_the_other, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send_many(Bodies{"aa", "", "bbb"}, {}, 2);
    std::array<std::byte, 4 * 64> buffer{};
    std::array<crex::ReceivedMessage, 4> received{};
    BOOST_TEST(f.queue.receive_many_into(buffer, received) == 3U);
    const std::string text{reinterpret_cast<const char*>(buffer.data()), 5};
    BOOST_TEST(text == "aabbb");
    constexpr std::array<std::size_t, 3> sizes{2, 0, 3};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        BOOST_TEST(received[i].size == sizes[i]);
        BOOST_TEST(received[i].priority == 2U);
    }
    BOOST_TEST(f.queue.receive_many_into(buffer, received, 0s) == 0U);
}

// Bodies have the greatest length, so that a backend may decide by a body's length or by the
// greatest possible length.
BOOST_AUTO_TEST_CASE_TEMPLATE(receive_many_into_takes_no_more_than_fit, Kind, QueueKinds) {
    Fixture<Kind> f;
    const std::vector<std::string> texts{std::string(64, 'a'), std::string(64, 'b'),
                                         std::string(64, 'c'), std::string(64, 'd')};
    f.queue.send_many(bodies_of(texts));
    std::array<std::byte, 3 * 64> buffer{};
    std::array<crex::ReceivedMessage, 4> received{};
    BOOST_TEST(f.queue.receive_many_into(std::span{buffer}.first(3 * 64 - 1), received) == 2U);
    BOOST_TEST((buffer[64] == std::byte{'b'}));
    BOOST_TEST((buffer[128] == std::byte{}), "the buffer was written beyond what was received");
    f.queue.send_many(bodies_of({texts[0], texts[1]}));
    BOOST_TEST(f.queue.receive_many_into(buffer, std::span{received}.first(1)) == 1U);
    BOOST_TEST((buffer[0] == std::byte{'c'}));
    BOOST_TEST(f.queue.receive_many_into(buffer, received) == 3U);
    BOOST_TEST((buffer[0] == std::byte{'d'}));
    BOOST_TEST((buffer[191] == std::byte{'b'}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_buffer_without_room_for_any_message_is_invalid, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("short");
    std::array<std::byte, 63> buffer{};
    std::array<crex::ReceivedMessage, 4> received{};
    expect_invalid([&] { (void)f.queue.receive_many_into(buffer, received); });
    expect_next(f.queue, "short");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_goes_only_where_the_handle_was_opened_for, Kind, QueueKinds) {
    Fixture<Kind> f;
    crex::MessageQueue reader{f.name, 0, {.write = false, .backend = f.backend, .at = f.server}};
    crex::MessageQueue writer{f.name, 0, {.read = false, .backend = f.backend, .at = f.server}};
    std::array<std::byte, 64> buffer{};
    std::array<crex::ReceivedMessage, 1> received{};
    expect_error<crex::PermissionsError>(EACCES, [&] { reader.send_many(Bodies{"x"}); });
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)writer.receive_many(1); });
    expect_error<crex::PermissionsError>(EACCES,
                                         [&] { (void)writer.receive_many_into(buffer, received); });
    writer.send_many(Bodies{"x"});
    expect_bodies(reader.receive_many(1), {"x"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_signal_ends_a_batch_with_an_error_only_if_nothing_was_sent, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    const auto texts = numbers(6);
    const Alarms alarms;
    expect_error<crex::SignalError>(EINTR, [&] { (void)f.queue.receive_many(4); });
    BOOST_TEST(f.queue.send_many(bodies_of(texts)) == 4U);
    expect_error<crex::SignalError>(EINTR, [&] { f.queue.send_many(bodies_of(texts)); });
    expect_bodies(f.queue.receive_many(10), {"0", "1", "2", "3"});
}

// The batches are larger than the queue and the timeouts short, so that batches are cut anywhere.
BOOST_AUTO_TEST_CASE_TEMPLATE(batches_of_many_threads_lose_and_repeat_nothing, Kind, QueueKinds) {
    Fixture<Kind> f;
    constexpr int each = 300;
    const auto texts = numbers(each);
    const Bodies batch = bodies_of(texts);
    std::vector<std::thread> senders;
    for (int i = 0; i < 3; ++i) {
        senders.emplace_back([&, queue = f.another_handle()]() mutable {
            for (std::span rest{batch}; !rest.empty();) {
                const auto part = rest.first(std::min<std::size_t>(7, rest.size()));
                rest = rest.subspan(queue.send_many(part, 1ms));
            }
        });
    }
    std::vector<int> times(each, 0);
    for (int count = 0; count < 3 * each;) {
        for (const auto& message : f.queue.receive_many(5)) {
            ++times[static_cast<std::size_t>(std::stoi(message.body))];
            ++count;
        }
    }
    for (auto& sender : senders) {
        sender.join();
    }
    BOOST_TEST(std::ranges::count(times, 3) == each);
    BOOST_TEST(!f.queue.try_receive());
}
