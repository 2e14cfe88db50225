// SPDX-License-Identifier: BSL-1.0

// crex/asio.hpp: queues and semaphores in an event loop, on every backend.

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <crex/asio.hpp>

#include "contract/queue_fixture.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"

using namespace test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr auto some_time = 30ms;

template <class Kind> struct Fixture : QueueFixture<Kind> {
    asio::io_context context;
    crex::AsyncMessageQueue async{context, this->queue};
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_callback_gets_what_is_sent_later, Kind, QueueKinds) {
    Fixture<Kind> f;
    std::string got;
    f.async.async_receive([&](boost::system::error_code error, crex::Message message) {
        BOOST_TEST(!error);
        got = message.body;
    });
    const std::jthread sender{[&] {
        std::this_thread::sleep_for(some_time);
        f.queue.send("late");
    }};
    f.context.run();
    BOOST_TEST(got == "late");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(operation_never_completes_inside_the_call_that_starts_it, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("there");
    bool completed = false;
    f.async.async_receive(
        [&](boost::system::error_code, const crex::Message&) { completed = true; });
    BOOST_TEST(!completed);
    f.context.run();
    BOOST_TEST(completed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_future_gets_room_when_there_is_some, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.fill();
    auto sent = f.async.async_send("one more", 0, asio::use_future);
    const std::jthread loop{[&] { f.context.run(); }};
    BOOST_TEST((sent.wait_for(some_time) == std::future_status::timeout));
    expect_next(f.queue, "filler");
    sent.get();
    BOOST_TEST(f.queue.current_messages() == f.queue.max_messages());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(coroutines_converse, Kind, QueueKinds) {
    Fixture<Kind> f;
    Fixture<Kind> back;
    constexpr int rounds = 20;
    int answers = 0;
    const auto echo = [&]() -> asio::awaitable<void> {
        crex::AsyncMessageQueue replies{f.context, back.queue};
        for (int i = 0; i < rounds; ++i) {
            auto [body, priority] = co_await f.async.async_receive(asio::use_awaitable);
            co_await replies.async_send(body + "!", priority, asio::use_awaitable);
        }
    };
    const auto ask = [&]() -> asio::awaitable<void> {
        crex::AsyncMessageQueue replies{f.context, back.queue};
        for (int i = 0; i < rounds; ++i) {
            co_await f.async.async_send(std::to_string(i), asio::use_awaitable);
            const auto reply = co_await replies.async_receive(asio::use_awaitable);
            answers += reply.body == std::to_string(i) + "!" ? 1 : 0;
        }
    };
    asio::co_spawn(f.context, echo, asio::detached);
    asio::co_spawn(f.context, ask, asio::detached);
    f.context.run();
    BOOST_TEST(answers == rounds);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timeout_is_an_error_and_never_early, Kind, QueueKinds) {
    Fixture<Kind> f;
    const auto began = std::chrono::steady_clock::now();
    boost::system::error_code receiving;
    boost::system::error_code sending;
    f.async.async_receive(some_time, [&](auto error, const auto&) { receiving = error; });
    f.context.run();
    f.fill();
    f.context.restart();
    f.async.async_send("x", 0, some_time, [&](auto error) { sending = error; });
    f.context.run();
    BOOST_TEST(receiving == asio::error::timed_out);
    BOOST_TEST(sending == asio::error::timed_out);
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 2 * some_time));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_of_several_receives_gets_one_message, Kind, QueueKinds) {
    Fixture<Kind> f;
    std::vector<std::string> got;
    for (int i = 0; i < 3; ++i) {
        f.async.async_receive([&](auto error, const crex::Message& message) {
            BOOST_TEST(!error);
            got.push_back(message.body);
        });
    }
    boost::system::error_code fourth;
    f.async.async_receive(20 * some_time, [&](auto error, const auto&) { fourth = error; });
    for (const char* const body : {"a", "b", "c"}) {
        f.queue.send(body);
    }
    f.context.run();
    std::sort(got.begin(), got.end());
    BOOST_TEST((got == std::vector<std::string>{"a", "b", "c"}));
    BOOST_TEST(fourth == asio::error::timed_out);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelling_and_destroying_end_pending_operations, Kind, QueueKinds) {
    Fixture<Kind> f;
    int aborted = 0;
    const auto count = [&](auto error, const auto&) {
        aborted += error == asio::error::operation_aborted ? 1 : 0;
    };
    f.async.async_receive(count);
    f.async.async_receive(1h, count);
    f.context.poll();
    f.async.cancel();
    f.context.run();
    BOOST_TEST(aborted == 2);
    f.context.restart();
    std::optional<crex::AsyncMessageQueue> brief{std::in_place, f.context, f.queue};
    brief->async_receive(count);
    f.context.poll();
    brief.reset();
    f.context.run();
    BOOST_TEST(aborted == 3);
    f.queue.send("still there");
    expect_next(f.queue, "still there");
}

BOOST_AUTO_TEST_CASE(error_code_is_the_errno_of_the_queue) {
    Fixture<RobustQueues> f;
    boost::system::error_code said;
    f.async.async_receive([&](auto error, const auto&) { said = error; });
    f.context.poll();
    f.another_handle().shutdown();
    f.context.run();
    BOOST_TEST((said == boost::system::error_code{ESHUTDOWN, boost::system::generic_category()}));
}

BOOST_AUTO_TEST_CASE(a_coroutine_acquires_a_semaphore) {
    crex::Semaphore semaphore{std::nullopt, crex::O_CREX};
    const Removed<Semaphores> removed{semaphore.name()};
    asio::io_context context;
    crex::AsyncSemaphore async{context, semaphore};
    bool acquired = false;
    boost::system::error_code second;
    async.async_acquire([&](auto error) {
        acquired = !error;
        async.async_acquire(some_time, [&](auto ec) { second = ec; });
    });
    const std::jthread releaser{[&] {
        std::this_thread::sleep_for(some_time);
        semaphore.release();
    }};
    context.run();
    BOOST_TEST(acquired);
    BOOST_TEST(second == asio::error::timed_out);
    BOOST_TEST(semaphore.value() == 0U);
}
