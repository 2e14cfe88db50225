// SPDX-License-Identifier: BSL-1.0

// A link to the server that is silent for a while: the holder of a permit keeps it when that is
// shorter than its patience. When it is longer, the holder knows that it has lost the permit before
// another process gets it.

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/postgres.hpp>

#include "postgres/link.hpp"
#include "postgres/own_server.hpp"
#include "support/expect.hpp"
#include "support/thorough.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto patience = 3s;

// A server behind a link, with a holder that reaches it through the link and another process that
// does not.
struct Fixture {
    int port = Link::unused_port();
    OwnServer own{"\"listen_addresses='127.0.0.1'\" port=" + std::to_string(port)};
    Link link{port};
    std::string local = own.parameters() + " port=" + std::to_string(port);
    std::string name = unique_name();
};

std::string through(const Link& link) {
    return "host=127.0.0.1 port=" + std::to_string(link.port()) + OwnServer::others;
}

// Notes when it last believed that it has the permit.
class Holder {
public:
    explicit Holder(crex::RobustSemaphore& turn) : turn_{turn} {
        turn_.acquire(30s);
        held_ = Clock::now();
        thread_ = std::jthread{[this](const std::stop_token& token) { run(token); }};
    }

    [[nodiscard]] bool has_it() const { return has_it_; }
    [[nodiscard]] Clock::time_point last_held() const { return held_; }

private:
    void run(const std::stop_token& token) {
        try {
            while (!token.stop_requested()) {
                const auto now = Clock::now();
                (void)turn_.token();
                held_ = now;
                std::this_thread::sleep_for(1ms);
            }
        } catch (const crex::LeaseLostError&) {
            has_it_ = false;
        }
    }

    crex::RobustSemaphore& turn_;
    std::atomic<Clock::time_point> held_{};
    std::atomic<bool> has_it_{true};
    std::jthread thread_;
};

std::int64_t in_ms(Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

} // namespace

BOOST_FIXTURE_TEST_CASE(no_two_hold_a_permit_when_the_link_is_cut, Fixture) {
    const int rounds = thorough ? 20 : 3;
    crex::create_postgres_schema(local);
    crex::PostgresServer far{through(link), {.patience = patience}};
    crex::PostgresServer near{local, {.patience = patience}};
    crex::RobustSemaphore its{name, crex::O_CREX, {.at = &far}};
    crex::RobustSemaphore other{name, 0, {.at = &near}};
    for (int i = 0; i < rounds; ++i) {
        const Holder holder{its};
        const auto frozen = Clock::now();
        link.freeze();
        other.acquire(60s);
        const auto acquired = Clock::now();
        std::cout << "cut for good: the holder knew after " << in_ms(holder.last_held() - frozen)
                  << " ms, the next one had it after " << in_ms(acquired - frozen) << " ms"
                  << std::endl;
        BOOST_TEST(!holder.has_it());
        BOOST_TEST((holder.last_held() < acquired));
        BOOST_TEST(other.previous_holder_died());
        link.thaw();
        other.release();
        expect_error<crex::LeaseLostError>(ESTALE, [&] { its.release(); });
    }
    other.unlink();
}

BOOST_FIXTURE_TEST_CASE(holder_keeps_its_permit_when_the_link_is_cut_for_a_moment, Fixture) {
    const int rounds = thorough ? 20 : 3;
    crex::create_postgres_schema(local);
    crex::PostgresServer far{through(link), {.patience = patience}};
    crex::PostgresServer near{local, {.patience = patience}};
    crex::RobustSemaphore its{name, crex::O_CREX, {.at = &far}};
    crex::RobustSemaphore other{name, 0, {.at = &near}};
    for (int i = 0; i < rounds; ++i) {
        const Holder holder{its};
        link.freeze();
        std::this_thread::sleep_for(patience / 6);
        link.thaw();
        BOOST_TEST(!other.try_acquire_for(patience));
        BOOST_TEST(holder.has_it());
        its.release();
        BOOST_TEST(other.try_acquire_for(10s));
        other.release();
    }
    other.unlink();
}

// What was sent while the link was silent arrives once.
BOOST_FIXTURE_TEST_CASE(messages_wait_for_the_link_and_arrive_once, Fixture) {
    crex::create_postgres_schema(local);
    crex::PostgresServer far{through(link), {.patience = patience}};
    crex::PostgresServer near{local};
    crex::MessageQueue its{name, crex::O_CREX, {.max_messages = 1000, .at = &far}};
    crex::MessageQueue other{name, 0, {.at = &near}};
    std::atomic<bool> is_done{false};
    std::jthread cutter{[&] {
        for (const auto pause : {200ms, 1'000ms, 2'500ms, 4'000ms}) {
            link.freeze();
            std::this_thread::sleep_for(pause);
            link.thaw();
            std::this_thread::sleep_for(patience); // TCP tries again at growing intervals
        }
        is_done = true;
    }};
    std::jthread sender{[&] {
        for (int i = 0; !is_done; ++i) {
            its.send(std::to_string(i), 60s);
            std::this_thread::sleep_for(20ms);
        }
        its.send("end", 60s);
    }};
    int next = 0;
    for (std::string body; (body = other.receive(60s).body) != "end"; ++next) {
        BOOST_TEST_REQUIRE(body == std::to_string(next));
    }
    BOOST_TEST(next > 10);
    sender.join();
    BOOST_TEST(!other.try_receive());
    other.unlink();
}
