// SPDX-License-Identifier: BSL-1.0

// Every waiter gets on: none is forgotten, whatever other processes wait, stop or work beside it.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr int crowd = 8;

std::vector<Process> start_crowd(const RobustFixture& f, const std::string& verb,
                                 const std::vector<std::string>& rest = {}) {
    std::vector<Process> all;
    for (int i = 0; i < crowd; ++i) {
        all.push_back(f.start_waiting(verb, rest));
    }
    return all;
}

void expect_all_done(std::vector<Process>& all) {
    for (auto& each : all) {
        BOOST_TEST(each.wait() == done);
    }
}

// The process is stopped on return.
void stop(const Process& process) {
    process.signal(SIGSTOP);
    BOOST_TEST(eventually([&] { return state_of(process.pid()) == 'T'; }));
}

} // namespace

BOOST_FIXTURE_TEST_CASE(each_of_eight_waiting_receivers_gets_one_message, RobustFixture) {
    for (int round = 0; round < 5; ++round) {
        auto receivers = start_crowd(*this, "receive");
        std::multiset<std::string> sent;
        for (int i = 0; i < crowd; ++i) {
            const std::string body = std::to_string(i);
            queue.send(body, {}, static_cast<unsigned>(round * i));
            sent.insert(body + " " + std::to_string(round * i));
        }
        std::multiset<std::string> received;
        for (auto& receiver : receivers) {
            received.insert(receiver.read_line());
        }
        BOOST_TEST(received == sent, boost::test_tools::per_element());
        expect_all_done(receivers);
    }
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(each_of_eight_waiting_senders_sends_its_message, RobustFixture) {
    fill();
    std::vector<Process> senders;
    std::multiset<std::string> expected{"filler", "filler", "filler", "filler"};
    for (int i = 0; i < crowd; ++i) {
        senders.push_back(start_waiting("send", {std::to_string(i), std::to_string(i % 3)}));
        expected.insert(std::to_string(i));
    }
    std::multiset<std::string> received;
    for (int i = 0; i < 4 + crowd; ++i) {
        received.insert(queue.receive().body);
    }
    BOOST_TEST(received == expected, boost::test_tools::per_element());
    expect_all_done(senders);
}

BOOST_AUTO_TEST_CASE(one_batch_serves_all_waiting_processes) {
    RobustFixture f{robust(crowd, 64)};
    for (int round = 0; round < 5; ++round) {
        auto receivers = start_crowd(f, "receive");
        const std::vector<std::string_view> batch(crowd, "x");
        BOOST_TEST(f.queue.send_many(batch) == batch.size());
        expect_all_done(receivers);
        BOOST_TEST(f.queue.send_many(batch) == batch.size());
        auto senders = start_crowd(f, "send", {"late", "0"});
        BOOST_TEST(f.queue.receive_many(crowd).size() == batch.size());
        expect_all_done(senders);
        BOOST_TEST(f.queue.receive_many(crowd).size() == batch.size());
    }
}

// All threads use one handle, so they are one participant.
BOOST_FIXTURE_TEST_CASE(threads_that_wait_on_one_handle_all_get_on, RobustFixture) {
    constexpr int each = scaled(2'000);
    std::atomic<int> received{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < crowd; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < each; ++j) {
                queue.send("x");
            }
        });
        threads.emplace_back([&] {
            for (int j = 0; j < each; ++j) {
                (void)queue.receive();
                ++received;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(received == crowd * each);
    BOOST_TEST(!queue.try_receive());
}

// All kinds of calls at once, on several handles.
BOOST_FIXTURE_TEST_CASE(threads_that_use_copies_loans_and_leases_lose_nothing, RobustFixture) {
    constexpr int each = 1'000;
    std::atomic<long> sum{0};
    const std::vector<std::function<void(crex::MessageQueue&, int)>> send{
        [](auto& q, int i) { q.send(std::to_string(i), {}, static_cast<unsigned>(i % 4)); },
        [](auto& q, int i) {
            const std::string body = std::to_string(i);
            auto loan = q.loan(body.size());
            std::memcpy(loan.bytes().data(), body.data(), body.size());
            loan.send(1);
        },
    };
    const std::vector<std::function<void(crex::MessageQueue&, int)>> receive{
        [&](auto& q, int) { sum += std::stoi(q.receive().body); },
        [&](auto& q, int i) {
            auto lease = q.lease();
            if (i % 3 == 0) {
                lease.nack();
                lease = q.lease();
            }
            sum += std::stoi(text_of(lease));
            lease.ack();
        },
    };
    std::vector<std::thread> threads;
    for (const auto& calls : {send, receive}) {
        for (const auto& call : calls) {
            threads.emplace_back([call, handle = another_handle()]() mutable {
                for (int i = 1; i <= each; ++i) {
                    call(handle, i);
                }
            });
        }
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(sum == 2L * each * (each + 1) / 2);
    BOOST_TEST(queue.stats().sent == 2U * each);
    BOOST_TEST(queue.stats().received == 2U * each);
}

BOOST_FIXTURE_TEST_CASE(timeouts_of_all_calls_are_never_early, RobustFixture) {
    std::mt19937 random{1};
    for (int i = 0; i < 20; ++i) {
        const auto limit = std::chrono::microseconds{500 + random() % 60'000};
        BOOST_TEST((time_of([&] { (void)queue.receive_many(3, limit); }) >= limit));
        BOOST_TEST((time_of([&] { (void)queue.try_lease(limit); }) >= limit));
    }
    fill();
    for (int i = 0; i < 20; ++i) {
        const auto limit = std::chrono::microseconds{500 + random() % 60'000};
        BOOST_TEST((time_of([&] { (void)queue.try_loan(1, limit); }) >= limit));
        BOOST_TEST((time_of([&] {
                        queue.send_many(std::vector<std::string_view>{"x"}, limit, 9);
                    }) >= limit));
    }
}

// Other activity all the time might be taken for the awaited event.
BOOST_FIXTURE_TEST_CASE(a_timeout_ends_a_wait_that_others_disturb_and_not_before, RobustFixture) {
    std::atomic<bool> go_on{true};
    std::thread busy{[&, handle = another_handle()]() mutable {
        while (go_on) {
            if (handle.try_send("mine")) {
                (void)handle.try_receive();
            }
        }
    }};
    int timeouts = 0;
    for (int i = 0; i < 20; ++i) {
        bool received = false;
        const auto took = time_of([&] { received = queue.try_receive_for(20ms).has_value(); });
        if (!received) {
            ++timeouts;
            BOOST_TEST((took >= 20ms));
        }
    }
    go_on = false;
    busy.join();
    (void)queue.receive_many(10, 0s); // its last message, if the lock kept it from receiving that
    BOOST_TEST_MESSAGE(timeouts << " of 20 waits ended by their timeout");
    BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_receive_for(20ms)); }) >= 20ms));
}

BOOST_FIXTURE_TEST_CASE(stopped_receiver_takes_no_message_from_other_waiting_receivers,
                        RobustFixture) {
    for (int i = 0; i < 5; ++i) {
        auto stopped = start_waiting("receive");
        auto second = start_waiting("receive");
        auto third = start_waiting("receive");
        stop(stopped);
        queue.send("x");
        queue.send("x");
        BOOST_TEST(second.wait() == done);
        BOOST_TEST(third.wait() == done);
        stopped.signal(SIGCONT);
        queue.send("at last");
        BOOST_TEST(stopped.read_line() == "at last 0");
        BOOST_TEST(stopped.wait() == done);
    }
}

BOOST_FIXTURE_TEST_CASE(stopped_sender_takes_no_room_from_other_waiting_senders, RobustFixture) {
    for (int i = 0; i < 5; ++i) {
        fill();
        auto stopped = start_waiting("send", {"stopped", "0"});
        auto second = start_waiting("send", {"second", "0"});
        auto third = start_waiting("send", {"third", "0"});
        stop(stopped);
        (void)queue.receive();
        (void)queue.receive();
        BOOST_TEST(second.wait() == done);
        BOOST_TEST(third.wait() == done);
        BOOST_TEST(queue.receive_many(4).size() == 4U);
        stopped.signal(SIGCONT);
        BOOST_TEST(stopped.wait() == done);
        expect_next(queue, "stopped");
    }
}

// The process may be stopped at any moment, also while it holds a lock. Every call with a deadline
// ends by it, and once the process goes on, all others do too.
BOOST_AUTO_TEST_CASE(process_stopped_at_any_moment_delays_no_call_beyond_its_deadline) {
    constexpr auto generous = 15s;
    std::mt19937 random{7};
    for (const std::string priorities : {"1", "3"}) {
        RobustFixture f{robust(4, 64)};
        auto churning = f.start_robust_until("ready", "churn", {priorities});
        int worked = 0;
        for (int i = 0; i < 60; ++i) {
            const auto before = f.queue.stats().sent;
            BOOST_TEST_REQUIRE(eventually([&] { return f.queue.stats().sent != before; }));
            std::this_thread::sleep_for(std::chrono::microseconds{random() % 3'000});
            stop(churning);
            bool sent = false;
            bool received = false;
            BOOST_TEST((time_of([&] { sent = f.queue.try_send_for(5ms, "x"); }) < generous));
            BOOST_TEST(
                (time_of([&] { received = f.queue.try_receive_for(5ms).has_value(); }) < generous));
            BOOST_TEST((time_of([&] { f.queue.try_lease(5ms).reset(); }) < generous));
            BOOST_TEST((time_of([&] { f.queue.try_loan(8, 5ms).reset(); }) < generous));
            worked += sent && received ? 1 : 0;
            churning.signal(SIGCONT);
        }
        churning.kill();
        BOOST_TEST_MESSAGE("60 stops, in " << worked << " of them all went on as ever");
        BOOST_TEST(worked > 0);
        while (f.queue.try_receive_for(100ms)) {
        }
        fill(f.queue);
        BOOST_TEST(f.queue.receive_many(10).size() == 4U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_producer_stopped_again_and_again_loses_nothing, RobustFixture) {
    constexpr int count = scaled(20'000);
    auto producer = start_robust("produce", {std::to_string(count), "p", "4"});
    std::atomic<bool> go_on{true};
    std::thread stopping{[&] {
        while (go_on) {
            producer.signal(SIGSTOP);
            std::this_thread::sleep_for(3ms);
            producer.signal(SIGCONT);
            std::this_thread::sleep_for(3ms);
        }
    }};
    std::set<std::string> bodies;
    for (int i = 0; i < count; ++i) {
        bodies.insert(queue.receive().body);
    }
    go_on = false;
    stopping.join();
    BOOST_TEST(bodies.size() == static_cast<std::size_t>(count));
    BOOST_TEST(producer.wait() == done);
}
