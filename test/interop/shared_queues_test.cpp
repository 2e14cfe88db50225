// SPDX-License-Identifier: BSL-1.0

// crex and its peer use one message queue: on the boost backend with
// boost::interprocess::message_queue, on the posix backend with Python.

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "interop/peers.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

constexpr std::size_t capacity = 4;
constexpr std::size_t longest = 100;

template <class Peer> struct Fixture {
    using Kind = std::conditional_t<std::is_same_v<Peer, Boost>, BoostQueues, PosixQueues>;

    std::string name = unique_name();
    std::string backend{crex::to_string(Peer::backend)};
    Removed<Kind> removed{name};

    crex::MessageQueue made_here() const {
        return crex::MessageQueue{
            name,
            crex::O_CREX,
            {.max_messages = capacity, .max_message_size = longest, .backend = Peer::backend}};
    }

    crex::MessageQueue made_there() const {
        BOOST_TEST_REQUIRE(run<Peer>({"create-queue", name, std::to_string(capacity),
                                      std::to_string(longest)}) == done);
        return crex::MessageQueue{name, 0, {.backend = Peer::backend}};
    }

    // The message that the peer receives, and its priority.
    std::string received_there() const {
        auto peer = Peer::start({"receive", name});
        BOOST_TEST(peer.read_line() == "ready");
        const std::string line = peer.read_line();
        BOOST_TEST(peer.wait() == done);
        return line;
    }

    void send_there(const std::string& body, const std::string& priority) const {
        BOOST_TEST(run<Peer>({"send", name, body, priority}) == done);
    }

    void expect_here(crex::MessageQueue& queue, const std::string& body, unsigned priority) const {
        const auto message = queue.try_receive();
        BOOST_TEST_REQUIRE(message.has_value());
        BOOST_TEST(message->body == body);
        BOOST_TEST(message->priority == priority);
    }

    void check_messages_sent_here(crex::MessageQueue queue) const {
        queue.send("low", {}, 1);
        queue.send("high", {}, 7);
        queue.send("high too", {}, 7);
        BOOST_TEST(received_there() == "high 7");
        BOOST_TEST(received_there() == "high too 7");
        BOOST_TEST(received_there() == "low 1");
        BOOST_TEST(queue.current_messages() == 0U);
    }

    void check_messages_sent_there(crex::MessageQueue queue) const {
        send_there("low", "1");
        send_there("high", "7");
        send_there("high too", "7");
        expect_here(queue, "high", 7);
        expect_here(queue, "high too", 7);
        expect_here(queue, "low", 1);
        BOOST_TEST(!queue.try_receive());
    }

    void fill(crex::MessageQueue& queue) const {
        for (std::size_t i = 0; i < capacity; ++i) {
            BOOST_TEST_REQUIRE(queue.try_send("filling"));
        }
        BOOST_TEST(!queue.try_send("one too many"));
    }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(messages_sent_here_arrive_there_highest_priority_first, Peer, Peers) {
    const Fixture<Peer> fixture;
    fixture.check_messages_sent_here(fixture.made_here());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(messages_sent_there_arrive_here_highest_priority_first, Peer, Peers) {
    const Fixture<Peer> fixture;
    fixture.check_messages_sent_there(fixture.made_here());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_queue_made_there_takes_messages_from_here, Peer, Peers) {
    const Fixture<Peer> fixture;
    fixture.check_messages_sent_here(fixture.made_there());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_queue_made_there_gives_messages_from_there, Peer, Peers) {
    const Fixture<Peer> fixture;
    fixture.check_messages_sent_there(fixture.made_there());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_queue_made_there_has_its_limits_here, Peer, Peers) {
    const auto queue = Fixture<Peer>{}.made_there();
    BOOST_TEST(queue.max_messages() == capacity);
    BOOST_TEST(queue.max_message_size() == longest);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_taken_here_is_taken_there, Peer, Peers) {
    const Fixture<Peer> fixture;
    auto queue = fixture.made_here();
    BOOST_TEST(run<Peer>({"create-queue", fixture.name, "1", "1"}) == other_error);
    BOOST_TEST(queue.max_messages() == capacity);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sending_here_wakes_a_receiver_there, Peer, Peers) {
    const Fixture<Peer> fixture;
    auto queue = fixture.made_here();
    auto receiver = start_and_let_wait<Peer>({"receive", fixture.name});
    queue.send("wake up", {}, 3);
    BOOST_TEST(receiver.read_line() == "wake up 3");
    BOOST_TEST(receiver.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sending_there_wakes_a_receiver_here, Peer, Peers) {
    const Fixture<Peer> fixture;
    const auto queue = fixture.made_here();
    auto receiver = start_and_let_wait<Crex>({"receive", fixture.backend, fixture.name});
    fixture.send_there("wake up", "3");
    BOOST_TEST(receiver.read_line() == "wake up 3");
    BOOST_TEST(receiver.wait() == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiving_here_lets_a_sender_there_go_on, Peer, Peers) {
    const Fixture<Peer> fixture;
    auto queue = fixture.made_here();
    fixture.fill(queue);
    auto sender = start_and_let_wait<Peer>({"send", fixture.name, "at last", "5"});
    fixture.expect_here(queue, "filling", 0);
    BOOST_TEST(sender.wait() == done);
    fixture.expect_here(queue, "at last", 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiving_there_lets_a_sender_here_go_on, Peer, Peers) {
    const Fixture<Peer> fixture;
    auto queue = fixture.made_here();
    fixture.fill(queue);
    auto sender = start_and_let_wait<Crex>({"send", fixture.backend, fixture.name, "at last", "5"});
    BOOST_TEST(fixture.received_there() == "filling 0");
    BOOST_TEST(sender.wait() == done);
    fixture.expect_here(queue, "at last", 5);
}
