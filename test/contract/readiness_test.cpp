// SPDX-License-Identifier: BSL-1.0

// ready_fd(): the result of poll(2) for a message queue, on every backend.

#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include "contract/queue_fixture.hpp"
#include "helpers/ordinary_user.hpp"
#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/polled.hpp"

using namespace test;

template <class Kind> using Fixture = QueueFixture<Kind>;

namespace {

// Must be so at once, except on a backend that polls periodically.
void expect_readable(const crex::MessageQueue& queue, bool wanted) {
    const int fd = queue.ready_fd();
    if (queue.backend() == crex::Backend::boost) {
        BOOST_TEST(eventually([&] { return is_readable(fd) == wanted; }));
    } else {
        BOOST_TEST(is_readable(fd) == wanted);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_is_readable_while_there_is_a_message, Kind, QueueKinds) {
    Fixture<Kind> f;
    expect_readable(f.queue, false);
    f.queue.send("one");
    expect_readable(f.queue, true);
    expect_readable(f.queue, true); // as long as it is there
    f.queue.send("two", {}, 5);
    expect_next(f.queue, "two", 5);
    expect_readable(f.queue, true);
    expect_next(f.queue, "one");
    expect_readable(f.queue, false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_is_readable_for_a_message_sent_before_it_was_requested,
                              Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("early");
    expect_readable(f.queue, true);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_follows_sends_and_receives_of_every_process, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    expect_readable(f.queue, false);
    BOOST_TEST(f.start("send", {"hello", "0"}).wait() == done);
    expect_readable(f.queue, true);
    auto taker = f.start("receive");
    BOOST_TEST(taker.wait() == done);
    expect_readable(f.queue, false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(send_wakes_a_polling_thread, Kind, QueueKinds) {
    Fixture<Kind> f;
    const int fd = f.queue.ready_fd();
    for (int i = 0; i < 20; ++i) {
        const std::jthread sender{[&] { f.queue.send("x"); }};
        do { // on Boost it may still be readable for the message before
            BOOST_TEST_REQUIRE(becomes_readable(fd));
        } while (!f.queue.try_receive());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_handle_has_a_descriptor_of_its_own_and_keeps_it, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    const auto other = f.another_handle();
    BOOST_TEST(f.queue.ready_fd() == f.queue.ready_fd());
    BOOST_TEST(f.queue.ready_fd() != other.ready_fd());
    f.queue.send("x");
    expect_readable(f.queue, true);
    expect_readable(other, true);
    expect_next(f.queue, "x");
    expect_readable(f.queue, false);
    expect_readable(other, false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_is_right_after_a_time_without_handles, Kind, QueueKinds) {
    Fixture<Kind> f;
    expect_readable(f.another_handle(), false);
    f.queue.send("x");
    f.queue.close();
    auto later = f.another_handle();
    expect_readable(later, true);
    expect_next(later, "x");
    expect_readable(later, false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    ordinary_user_gets_the_descriptor_of_a_queue_that_it_creates_with_any_mode, Kind, QueueKinds) {
    for (const unsigned mode : {0U, 0200U, 0400U}) {
        const std::string name = unique_name();
        const Removed<Kind> removed{name};
        const int outcome = in_child([&] {
            if (!become_ordinary_user()) {
                return usage;
            }
            auto queue = Kind::open(name, crex::O_CREX, mode);
            const int fd = queue.ready_fd();
            queue.send("x");
            return becomes_readable(fd) ? done : no;
        });
        if (outcome == usage) {
            skip("this process cannot become an ordinary user's");
            return;
        }
        BOOST_TEST(outcome == done, "mode " << mode);
    }
}

// The descriptor of the parent works before the fork. Otherwise its thread, if it has one, could
// still be starting, with a lock of AddressSanitizer's allocator that no one would release in the
// child.
BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_works_in_a_forked_child, Kind, QueueKinds) {
    Fixture<Kind> f;
    expect_readable(f.queue, false);
    f.queue.send("for the parent");
    expect_readable(f.queue, true);
    expect_next(f.queue, "for the parent");
    expect_readable(f.queue, false);
    const pid_t child = fork();
    if (child == 0) {
        const int fd = f.queue.ready_fd();
        const bool woken = becomes_readable(fd) && // while it comes, it may not be receivable yet
                           eventually([&] { return f.queue.try_receive().has_value(); }) &&
                           eventually([&] { return !is_readable(fd); });
        _exit(woken ? done : no);
    }
    f.queue.send("for the child");
    int status = 0;
    waitpid(child, &status, 0);
    BOOST_TEST(WEXITSTATUS(status) == static_cast<int>(done));
    expect_readable(f.queue, false);
}

// The child has locked what the other thread had locked, but not that thread.
template <class Object> void fork_while_another_thread_asks_for_the_descriptor(Object& object) {
    std::atomic<bool> go_on{true};
    std::thread thread{[&] {
        while (go_on) {
            (void)object.ready_fd();
        }
    }};
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(in_child([&] { return object.ready_fd() >= 0 ? done : no; }) == done);
    }
    go_on = false;
    thread.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_works_in_a_child_forked_while_another_thread_requests_it,
                              Kind, QueueKinds) {
    Fixture<Kind> f;
    fork_while_another_thread_asks_for_the_descriptor(f.queue);
}

BOOST_AUTO_TEST_CASE(
    semaphore_descriptor_works_in_a_child_forked_while_another_thread_requests_it) {
    crex::RobustSemaphore semaphore{std::nullopt, crex::O_CREX};
    const Removed<RobustSemaphores> removed{semaphore.name()};
    fork_while_another_thread_asks_for_the_descriptor(semaphore);
}

using Pollable = std::tuple<PosixQueues, RobustQueues>;

BOOST_AUTO_TEST_CASE_TEMPLATE(descriptor_is_writable_while_there_is_room, Kind, Pollable) {
    Fixture<Kind> f;
    const int fd = f.queue.ready_fd();
    BOOST_TEST(is_writable(fd));
    f.fill();
    BOOST_TEST(!is_writable(fd));
    BOOST_TEST(is_readable(fd));
    BOOST_TEST(!f.queue.try_send("one too many"));
    BOOST_TEST(!is_writable(fd));
    expect_next(f.queue, "filler");
    BOOST_TEST(is_writable(fd));
    BOOST_TEST(is_readable(fd));
}

BOOST_AUTO_TEST_CASE(a_semaphore_is_readable_while_there_are_permits) {
    crex::Semaphore semaphore{std::nullopt, crex::O_CREX};
    const Removed<Semaphores> removed{semaphore.name()};
    const int fd = semaphore.ready_fd();
    BOOST_TEST(fd == semaphore.ready_fd());
    BOOST_TEST(!is_readable(fd));
    semaphore.release(2);
    BOOST_TEST(becomes_readable(fd));
    semaphore.acquire();
    BOOST_TEST(is_readable(fd));
    semaphore.acquire();
    BOOST_TEST(eventually([&] { return !is_readable(fd); }));
    semaphore.close(); // it has a polling thread
}
