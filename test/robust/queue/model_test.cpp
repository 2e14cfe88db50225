// SPDX-License-Identifier: BSL-1.0

// Every operation of a queue, in random order, compared with a model that is simple enough to be
// right.

#include <list>
#include <map>
#include <optional>
#include <random>

#include <boost/test/unit_test.hpp>

#include "robust/queue/fixture.hpp"

using namespace test;

namespace {

struct Expected {
    std::string body;
    unsigned attempts = 0;
};

// A message's place: by priority, highest first, and then by the time of the send.
struct Place {
    unsigned priority;
    unsigned age;

    friend bool operator<(const Place& a, const Place& b) {
        return a.priority != b.priority ? a.priority > b.priority : a.age < b.age;
    }
};

class Walk {
public:
    Walk(std::size_t capacity, unsigned seed) : capacity_{capacity}, random_{seed} {}

    void step() {
        // Stretches with one priority or with many, and with many sends or many receives.
        if (pick(200) == 0) {
            priorities_ = pick(2) == 0 ? 1 : 1 + pick(40);
            sends_ = 20 + pick(60);
        }
        pick(100) < sends_ ? put() : take();
        BOOST_TEST_REQUIRE(queue().current_messages() == waiting_.size());
    }

    void expect_conserved() {
        leases_.clear(); // this gives the leases back; the model is no longer used
        loans_.clear();
        std::size_t left = 0;
        while (queue().try_receive()) {
            ++left;
        }
        BOOST_TEST(left == waiting_.size() + leased_);
        std::size_t room = 0;
        while (queue().try_send("x")) {
            ++room;
        }
        BOOST_TEST(room == capacity_);
    }

private:
    struct Loaned {
        crex::Loan loan;
        std::string body;
    };
    struct Leased {
        crex::Lease lease;
        Place place;
        Expected message;
    };

    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

    // Either handle: both show one queue.
    crex::MessageQueue& queue() { return pick(2) == 0 ? f_.queue : other_; }

    [[nodiscard]] std::size_t room() const {
        return capacity_ - waiting_.size() - loans_.size() - leases_.size();
    }

    std::string new_body() { return std::string(pick(6), '.') + std::to_string(++bodies_); }

    void waits(const std::string& body, unsigned priority) {
        waiting_.emplace(Place{priority, ++age_}, Expected{body, 0});
    }

    void put() {
        switch (pick(8)) {
        case 0:
            return lend();
        case 1:
            return send_loan();
        case 2:
            return send_batch();
        case 3:
            return nack();
        default:
            return send();
        }
    }

    void take() {
        switch (pick(8)) {
        case 0:
            return lease();
        case 1:
            return acknowledge();
        case 2:
            return receive_batch();
        case 3:
            return drop_loan();
        case 4:
            return peek();
        default:
            return receive();
        }
    }

    void send() {
        const std::string body = new_body();
        const unsigned priority = pick(priorities_);
        const bool fits = room() > 0;
        BOOST_TEST_REQUIRE(queue().try_send(body, priority) == fits);
        if (fits) {
            waits(body, priority);
        }
    }

    void send_batch() {
        const std::vector<std::string> bodies{new_body(), new_body(), new_body()};
        const unsigned priority = pick(priorities_);
        const std::size_t fit = std::min<std::size_t>(3, room());
        BOOST_TEST_REQUIRE(
            queue().send_many(std::vector<std::string_view>{bodies.begin(), bodies.end()},
                              crex::do_not_wait, priority) == fit);
        for (std::size_t i = 0; i < fit; ++i) {
            waits(bodies[i], priority);
        }
    }

    void lend() {
        std::string body = new_body();
        const bool fits = room() > 0;
        auto loan = queue().try_loan(body.size());
        BOOST_TEST_REQUIRE(loan.has_value() == fits);
        if (fits) {
            write(*loan, body);
            loans_.push_back({*std::move(loan), std::move(body)});
        }
    }

    template <class List> auto any_of(List& list) {
        return std::next(list.begin(), pick(static_cast<unsigned>(list.size())));
    }

    void send_loan() {
        if (!loans_.empty()) {
            const auto chosen = any_of(loans_);
            const unsigned priority = pick(priorities_);
            chosen->loan.send(priority);
            waits(chosen->body, priority);
            loans_.erase(chosen);
        }
    }

    void drop_loan() {
        if (!loans_.empty()) {
            loans_.erase(any_of(loans_));
        }
    }

    void expect_first(const std::string& body, unsigned priority) {
        BOOST_TEST_REQUIRE(!waiting_.empty());
        BOOST_TEST_REQUIRE(body == waiting_.begin()->second.body);
        BOOST_TEST_REQUIRE(priority == waiting_.begin()->first.priority);
    }

    void receive() {
        const auto message = queue().try_receive();
        BOOST_TEST_REQUIRE(message.has_value() == !waiting_.empty());
        if (message) {
            expect_first(message->body, message->priority);
            waiting_.erase(waiting_.begin());
        }
    }

    void receive_batch() {
        const auto messages = queue().receive_many(3, crex::do_not_wait);
        BOOST_TEST_REQUIRE(messages.size() == std::min<std::size_t>(3, waiting_.size()));
        for (const auto& message : messages) {
            expect_first(message.body, message.priority);
            waiting_.erase(waiting_.begin());
        }
    }

    void peek() {
        const auto message = queue().peek();
        BOOST_TEST_REQUIRE(message.has_value() == !waiting_.empty());
        if (message) {
            expect_first(message->body, message->priority);
        }
    }

    void lease() {
        auto lease = queue().try_lease();
        BOOST_TEST_REQUIRE(lease.has_value() == !waiting_.empty());
        if (lease) {
            expect_first(text_of(*lease), lease->priority());
            BOOST_TEST_REQUIRE(lease->attempts() == waiting_.begin()->second.attempts);
            leases_.push_back(
                {*std::move(lease), waiting_.begin()->first, waiting_.begin()->second});
            waiting_.erase(waiting_.begin());
            leased_ = leases_.size();
        }
    }

    void acknowledge() {
        if (!leases_.empty()) {
            const auto chosen = any_of(leases_);
            chosen->lease.ack();
            leases_.erase(chosen);
            leased_ = leases_.size();
        }
    }

    void nack() {
        if (!leases_.empty()) {
            const auto chosen = any_of(leases_);
            BOOST_TEST_REQUIRE(text_of(chosen->lease) == chosen->message.body);
            ++chosen->message.attempts;
            chosen->lease.nack();
            waiting_.emplace(chosen->place, chosen->message);
            leases_.erase(chosen);
            leased_ = leases_.size();
        }
    }

    std::size_t capacity_;
    std::mt19937 random_;
    RobustFixture f_{robust(capacity_, 64)};
    crex::MessageQueue other_ = f_.another_handle();

    std::map<Place, Expected> waiting_;
    std::list<Loaned> loans_;
    std::list<Leased> leases_;
    std::size_t leased_ = 0;
    unsigned priorities_ = 1;
    unsigned sends_ = 50;
    unsigned bodies_ = 0;
    unsigned age_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_queue_does_at_every_step_what_its_model_does) {
    for (const std::size_t capacity : {1U, 2U, 3U, 10U, 64U, 100U}) {
        for (unsigned seed = 1; seed <= 10; ++seed) {
            BOOST_TEST_CONTEXT("capacity " << capacity << ", seed " << seed) {
                Walk walk{capacity, seed};
                for (int i = 0; i < 5'000; ++i) {
                    walk.step();
                }
                walk.expect_conserved();
            }
        }
    }
}
