// SPDX-License-Identifier: BSL-1.0

// A stop token ends every wait, on every backend, and nothing else.

#include <array>
#include <chrono>
#include <stop_token>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "contract/queue_fixture.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"

using namespace test;
using namespace std::chrono_literals;

template <class Kind> using Fixture = QueueFixture<Kind>;

namespace {

constexpr auto some_time = 30ms;

// Requests a stop when the calling thread has had time to fall asleep.
class StopSoon {
public:
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    std::stop_source source_;
    std::jthread thread_{[source = source_]() mutable {
        std::this_thread::sleep_for(some_time);
        source.request_stop();
    }};
};

template <class Body> void expect_stopped(Body body) {
    const auto began = std::chrono::steady_clock::now();
    const StopSoon stop;
    const std::stop_token token = stop.token();
    expect_error<crex::StoppedError>(ECANCELED, [&] { body(crex::Timeout{token}); });
    BOOST_TEST((std::chrono::steady_clock::now() - began >= some_time));
    expect_error<crex::StoppedError>(ECANCELED, [&] { body(crex::Timeout{1h, token}); });
}

template <class Body> void expect_empty_handed(Body body) {
    const StopSoon stop;
    const std::stop_token token = stop.token();
    BOOST_TEST(!body(crex::Timeout{token}));
    BOOST_TEST(token.stop_requested());
}

std::stop_token requested() {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(stop_ends_the_wait_for_a_message, Kind, QueueKinds) {
    Fixture<Kind> f;
    std::array<std::byte, 64> buffer{};
    expect_stopped([&](auto timeout) { (void)f.queue.receive(timeout); });
    expect_stopped([&](auto timeout) { f.queue.receive_into(buffer, timeout); });
    expect_empty_handed([&](auto timeout) { return f.queue.try_receive_for(timeout).has_value(); });
    expect_empty_handed([&](auto timeout) { return !f.queue.receive_many(3, timeout).empty(); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(stop_ends_the_wait_for_room, Kind, QueueKinds) {
    Fixture<Kind> f;
    fill(f.queue);
    const auto waiting = f.queue.current_messages();
    expect_stopped([&](auto timeout) { f.queue.send("y", timeout); });
    expect_empty_handed([&](auto timeout) { return f.queue.try_send_for(timeout, "y"); });
    expect_empty_handed([&](auto timeout) {
        return f.queue.send_many(std::vector<std::string_view>{"y", "z"}, timeout) != 0;
    });
    BOOST_TEST(f.queue.current_messages() == waiting);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(call_that_need_not_wait_is_not_stopped, Kind, QueueKinds) {
    Fixture<Kind> f;
    const std::stop_token stop = requested();
    f.queue.send("x", stop);
    BOOST_TEST(f.queue.receive(stop).body == "x");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_timeout_passes_with_a_token_as_without, Kind, QueueKinds) {
    Fixture<Kind> f;
    const std::stop_token never = std::stop_source{}.get_token();
    for (const std::chrono::nanoseconds limit : {0ns, std::chrono::nanoseconds{70ms}}) {
        const auto began = std::chrono::steady_clock::now();
        expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)f.queue.receive({limit, never}); });
        BOOST_TEST((std::chrono::steady_clock::now() - began >= limit));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(call_with_a_stop_token_is_served_like_others, Kind, QueueKinds) {
    Fixture<Kind> f;
    const std::stop_token never = std::stop_source{}.get_token();
    const std::jthread sender{[&] {
        std::this_thread::sleep_for(some_time);
        f.queue.send("late");
    }};
    BOOST_TEST(f.queue.receive(never).body == "late");
}

BOOST_AUTO_TEST_CASE(stop_ends_the_wait_for_a_loan_or_a_lease) {
    Fixture<RobustQueues> f;
    expect_stopped([&](auto timeout) { (void)f.queue.lease(timeout); });
    expect_empty_handed([&](auto timeout) { return f.queue.try_lease(timeout).has_value(); });
    fill(f.queue);
    expect_stopped([&](auto timeout) { (void)f.queue.loan(1, timeout); });
    expect_empty_handed([&](auto timeout) { return f.queue.try_loan(1, timeout).has_value(); });
}

BOOST_AUTO_TEST_CASE(stop_ends_the_wait_for_a_permit) {
    crex::Semaphore semaphore{std::nullopt, crex::O_CREX};
    const Removed<Semaphores> removed{semaphore.name()};
    expect_stopped([&](auto timeout) { semaphore.acquire(timeout); });
    expect_empty_handed([&](auto timeout) { return semaphore.try_acquire_for(timeout); });
    expect_empty_handed([&](auto timeout) { return semaphore.try_lock_for(timeout); });
    const std::stop_token never = std::stop_source{}.get_token();
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { semaphore.acquire({some_time, never}); });
    semaphore.release();
    semaphore.acquire(requested());
    BOOST_TEST(semaphore.value() == 0U);
}
