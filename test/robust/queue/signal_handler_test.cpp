// SPDX-License-Identifier: BSL-1.0

// A signal handler that calls the queue while its own thread is inside gets an error, not a
// deadlock.

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <typeinfo>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/time.h>

#include "robust/queue/fixture.hpp"
#include "robust/queue/trap.hpp"

using namespace test;

// An exception allocates memory in the handler. The library makes sure that it may, so
// ThreadSanitizer must not report that.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options() {
    return "report_signal_unsafe=0";
}

namespace {

// The queue that the handler uses, and the results of its calls.
crex::MessageQueue* queue_of_handler = nullptr;
std::atomic<int> sent{0};
std::atomic<int> received{0};
std::atomic<int> refused{0};
std::atomic<int> unexpected{0};

// Counts exactly an Error as a refusal, not a derived class.
void count(const std::exception& error) {
    ++(typeid(error) == typeid(crex::Error) ? refused : unexpected);
}

void call_in() {
    std::array<std::byte, 64> buffer{};
    try {
        sent += queue_of_handler->try_send("handler") ? 1 : 0;
    } catch (const std::exception& error) {
        count(error);
    }
    try {
        received += queue_of_handler->try_receive_into(buffer) ? 1 : 0;
    } catch (const std::exception& error) {
        count(error);
    }
}

struct Fixture : RobustFixture {
    Fixture() {
        queue_of_handler = &queue;
        sent = received = refused = unexpected = 0;
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_handler_that_interrupts_a_send_is_refused, Fixture) {
    const Trap trap{64, call_in};
    queue.send(trap.bytes()); // 64 zeros, once they can be read
    BOOST_TEST(refused > 0);
    BOOST_TEST(unexpected == 0);
    BOOST_TEST(queue.current_messages() == static_cast<std::size_t>(1 + sent - received));
    (void)queue.receive_many(4, crex::do_not_wait);
    queue.send("on it goes");
    expect_next(queue, "on it goes");
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_interrupts_a_receive_is_refused, Fixture) {
    queue.send("hello");
    const Trap trap{64, call_in};
    const auto got = queue.receive_into(trap.bytes());
    BOOST_TEST(got.size == 5U);
    BOOST_TEST(std::memcmp(trap.bytes().data(), "hello", 5) == 0);
    BOOST_TEST(refused > 0);
    BOOST_TEST(unexpected == 0);
    BOOST_TEST(queue.current_messages() == static_cast<std::size_t>(sent - received));
}

// The signal comes at any moment, many thousand times. The loop allocates no memory, since the
// handler might.
BOOST_FIXTURE_TEST_CASE(a_timer_s_handler_never_hangs_or_harms_the_queue, Fixture) {
    call_in(); // once before the timer, so that all is set up
    (void)queue.receive_many(4, crex::do_not_wait);
    sent = received = 0;
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) { call_in(); };
    sigaction(SIGALRM, &action, &before);
    const itimerval often{{0, 50}, {0, 50}};
    setitimer(ITIMER_REAL, &often, nullptr);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{2};
    std::array<std::byte, 64> buffer{};
    int here = 0;
    for (unsigned i = 0; std::chrono::steady_clock::now() < until; ++i) {
        here += queue.try_send("loop", i / 1'000 % 2) ? 1 : 0;
        here -= queue.try_receive_into(buffer) ? 1 : 0;
    }
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before, nullptr);
    BOOST_TEST_MESSAGE("the handler sent " << sent << ", received " << received
                                           << " and was refused " << refused << " times");
    BOOST_TEST(unexpected == 0);
    BOOST_TEST(refused > 0);
    BOOST_TEST(sent > 0);
    BOOST_TEST(queue.current_messages() == static_cast<std::size_t>(here + sent - received));
    (void)queue.receive_many(4, crex::do_not_wait);
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}
