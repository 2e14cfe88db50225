// SPDX-License-Identifier: BSL-1.0

// Waits that end when the object's name has been removed from outside, or given to another object,
// if the handle was opened with that option.

#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <crex/crex.hpp>

#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr auto some_time = 100ms;

std::string file_of(const std::string& prefix, const std::string& name) {
    return "/dev/shm/" + prefix + name.substr(1);
}

// Removes the name like a cleaner, when the calling thread has had time to fall asleep.
class RemovedSoon {
public:
    explicit RemovedSoon(
        std::string file, std::function<void()> and_then = [] {})
        : thread_{[file = std::move(file), and_then = std::move(and_then)] {
              std::this_thread::sleep_for(some_time);
              ::unlink(file.c_str());
              and_then();
          }} {}

private:
    std::jthread thread_;
};

template <class Body> void expect_no_name(Body body) {
    const auto began = std::chrono::steady_clock::now();
    expect_error<crex::ExistentialError>(ENOENT, [&] { body(crex::Timeout{1h}); });
    BOOST_TEST((std::chrono::steady_clock::now() - began >= some_time));
}

struct QueueWithName {
    std::string name = unique_name();
    Removed<RobustQueues> removed{name};
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 1, .while_linked = true}};
    std::string file = file_of("crex-mq.", name);
};

} // namespace

BOOST_FIXTURE_TEST_CASE(receiver_that_waits_is_told_that_the_name_was_removed, QueueWithName) {
    const RemovedSoon soon{file};
    expect_no_name([&](const crex::Timeout& timeout) { (void)queue.receive(timeout); });
}

BOOST_FIXTURE_TEST_CASE(receiver_that_waits_is_told_that_another_queue_has_the_name,
                        QueueWithName) {
    std::optional<crex::MessageQueue> other;
    const RemovedSoon soon{file, [&] { other.emplace(name, crex::O_CREX); }};
    expect_no_name([&](const crex::Timeout& timeout) { (void)queue.receive(timeout); });
}

BOOST_FIXTURE_TEST_CASE(sender_that_waits_is_told_that_the_name_was_removed, QueueWithName) {
    queue.send("fills it");
    const RemovedSoon soon{file};
    expect_no_name([&](const crex::Timeout& timeout) { queue.send("no room", timeout); });
}

BOOST_FIXTURE_TEST_CASE(messages_in_a_queue_without_a_name_are_received, QueueWithName) {
    queue.send("there");
    BOOST_TEST(::unlink(file.c_str()) == 0);
    BOOST_TEST(queue.receive().body == "there");
    expect_error<crex::ExistentialError>(ENOENT, [&] { (void)queue.receive(1h); });
    BOOST_TEST(!queue.try_receive().has_value());
}

BOOST_FIXTURE_TEST_CASE(handle_opened_without_while_linked_waits_on, QueueWithName) {
    crex::MessageQueue patient{name};
    BOOST_TEST(::unlink(file.c_str()) == 0);
    BOOST_TEST(!patient.try_receive_for(1200ms).has_value());
}

BOOST_AUTO_TEST_CASE(thread_that_waits_for_a_permit_is_told_that_the_name_was_removed) {
    const std::string name = unique_name();
    const Removed<RobustSemaphores> removed{name};
    crex::RobustSemaphore semaphore{name, crex::O_CREX, {.initial_value = 0, .while_linked = true}};
    const RemovedSoon soon{file_of("crex-sem.", name)};
    expect_no_name([&](const crex::Timeout& timeout) { semaphore.acquire(timeout); });
}

BOOST_AUTO_TEST_CASE(consumer_that_waits_is_told_that_the_name_was_removed) {
    for (const unsigned spin : {0U, crex::spin_forever}) {
        const std::string name = unique_name();
        const Removed<Rings> removed{name};
        crex::Ring ring{name, crex::O_CREX, {.while_linked = true, .spin = spin}};
        auto consumer = ring.consumer();
        const RemovedSoon soon{file_of("crex-ring.", name)};
        expect_no_name([&](const crex::Timeout& timeout) { (void)consumer.peek(timeout); });
    }
}

BOOST_AUTO_TEST_CASE(consumer_that_never_sleeps_returns_at_its_deadline_while_the_name_is_there) {
    const std::string name = unique_name();
    const Removed<Rings> removed{name};
    crex::Ring ring{name, crex::O_CREX, {.while_linked = true, .spin = crex::spin_forever}};
    auto consumer = ring.consumer();
    const auto began = std::chrono::steady_clock::now();
    BOOST_TEST(!consumer.try_peek(some_time).has_value());
    BOOST_TEST((std::chrono::steady_clock::now() - began >= some_time));
}
