// SPDX-License-Identifier: BSL-1.0

// Strict priority, and first in, first out within it: across producers, at any depth, and while the
// queue changes between lane and index.

#include <chrono>
#include <map>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// A message sent by the peers' verb "produce".
struct Produced {
    std::string producer;
    unsigned priority = 0;
    int number = 0;

    explicit Produced(const crex::Message& message) {
        std::istringstream text{message.body};
        text >> producer >> priority >> number;
        BOOST_TEST_REQUIRE(!text.fail(), message.body);
        BOOST_TEST_REQUIRE(priority == message.priority);
    }
};

// Checks that the messages of each producer and priority come in the order of their sends.
class Sequence {
public:
    void follow(const Produced& next) {
        auto& last = last_.try_emplace({next.producer, next.priority}, -1).first->second;
        BOOST_TEST_REQUIRE(next.number > last);
        last = next.number;
        ++count_;
    }
    [[nodiscard]] int count() const { return count_; }

private:
    std::map<std::pair<std::string, unsigned>, int> last_;
    int count_ = 0;
};

std::vector<Process> start_producers(const RobustFixture& f, int producers, int each,
                                     unsigned priorities) {
    std::vector<Process> started;
    for (int i = 0; i < producers; ++i) {
        std::string prefix{'p'};
        prefix += std::to_string(i);
        started.push_back(
            f.start_robust("produce", {std::to_string(each), prefix, std::to_string(priorities)}));
    }
    return started;
}

void expect_done(std::vector<Process>& producers) {
    for (auto& producer : producers) {
        BOOST_TEST(producer.wait() == done);
    }
}

// All messages are sent before the first is received: the order must be perfect.
void expect_sorted(RobustFixture& f, int expected) {
    Sequence sequence;
    unsigned last = crex::queue_priority_max;
    while (const auto message = f.queue.try_receive()) {
        BOOST_TEST_REQUIRE(message->priority <= last);
        last = message->priority;
        sequence.follow(Produced{*message});
    }
    BOOST_TEST(sequence.count() == expected);
}

} // namespace

BOOST_AUTO_TEST_CASE(messages_of_several_producers_come_out_by_priority_and_age) {
    for (const unsigned priorities : {1U, 2U, 32U, 30'000U}) {
        constexpr int count = scaled(10'000);
        RobustFixture f{robust(count, 64)};
        auto producers = start_producers(f, 4, count / 4, priorities);
        expect_done(producers);
        BOOST_TEST(f.queue.current_messages() == count + 0U);
        expect_sorted(f, count);
    }
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_messages_come_out_by_priority_and_age) {
    RobustFixture f{robust(100'000, 64)};
    auto producers = start_producers(f, 2, 50'000, 100);
    expect_done(producers);
    BOOST_TEST(!f.queue.try_send("one too many"));
    expect_sorted(f, 100'000);
}

BOOST_AUTO_TEST_CASE(an_urgent_message_overtakes_a_hundred_thousand) {
    RobustFixture f{robust(100'002, 8)};
    while (f.queue.current_messages() < 100'000) {
        f.queue.send("wait");
    }
    f.queue.send("urgent", {}, 1);
    f.queue.send("more", {}, 2);
    expect_next(f.queue, "more", 2);
    expect_next(f.queue, "urgent", 1);
    expect_next(f.queue, "wait");
}

// The queue is small, so that it is full and empty again and again, and changes its form each time.
BOOST_AUTO_TEST_CASE(each_producer_s_order_is_kept_while_others_send_and_receive) {
    for (const std::size_t capacity : {1U, 2U, 5U, 64U, 1'000U}) {
        RobustFixture f{robust(capacity, 64)};
        constexpr int each = scaled(3'000);
        auto producers = start_producers(f, 4, each, 5);
        Sequence sequence;
        while (sequence.count() < 4 * each) {
            sequence.follow(Produced{f.queue.receive()});
        }
        BOOST_TEST(!f.queue.try_receive());
        expect_done(producers);
    }
}

BOOST_AUTO_TEST_CASE(each_producer_s_order_is_kept_by_every_kind_of_receive) {
    RobustFixture f{robust(100, 64)};
    constexpr int each = scaled(5'000);
    auto producers = start_producers(f, 3, each, 3);
    Sequence sequence;
    for (unsigned i = 0; sequence.count() < 3 * each; ++i) {
        switch (i % 4) {
        case 0: {
            auto lease = f.queue.lease();
            sequence.follow(Produced{{text_of(lease), lease.priority()}});
            lease.ack();
            break;
        }
        case 1:
            f.queue.lease().nack();
            break;
        case 2:
            for (const auto& message : f.queue.receive_many(7)) {
                sequence.follow(Produced{message});
            }
            break;
        default:
            sequence.follow(Produced{f.queue.receive()});
        }
    }
    BOOST_TEST(!f.queue.try_receive());
    expect_done(producers);
}

// Each send ends before the next begins, so there is an order of sends across processes.
BOOST_AUTO_TEST_CASE(messages_of_several_processes_come_in_the_order_of_their_sends) {
    RobustFixture f{robust(40, 64)};
    std::vector<crex::MessageQueue> handles;
    for (int i = 0; i < 3; ++i) {
        handles.push_back(f.another_handle());
    }
    for (unsigned i = 0; i < 40; ++i) {
        const std::string body = std::to_string(i);
        if (i % 4 == 3) {
            BOOST_TEST(f.start("send", {body, "0"}).wait() == done);
        } else if (i % 4 == 2) {
            send_in_place(handles[2], body);
        } else {
            handles[i % 4].send(body);
        }
    }
    for (int i = 0; i < 40; ++i) {
        expect_next(handles[static_cast<std::size_t>(i % 3)], std::to_string(i));
    }
}

BOOST_AUTO_TEST_CASE(change_from_one_priority_to_many_and_back_keeps_the_order) {
    RobustFixture f{robust(8, 64)};
    for (int round = 0; round < scaled(200); ++round) {
        const std::string number = std::to_string(round);
        f.queue.send("a" + number);
        f.queue.send("b" + number);
        if (round % 3 == 0) { // another priority among those that wait
            f.queue.send("urgent" + number, {}, 1);
        }
        f.queue.send("c" + number);
        if (round % 3 == 0) {
            expect_next(f.queue, "urgent" + number, 1);
        }
        expect_next(f.queue, "a" + number);
        if (round % 5 == 0) { // or one that meets at most one waiting message
            f.queue.send("low" + number, {}, 0);
            f.queue.send("high" + number, {}, 9);
            expect_next(f.queue, "high" + number, 9);
        }
        expect_next(f.queue, "b" + number);
        expect_next(f.queue, "c" + number);
        if (round % 5 == 0) {
            expect_next(f.queue, "low" + number);
        }
        BOOST_TEST_REQUIRE(!f.queue.try_receive());
    }
}
