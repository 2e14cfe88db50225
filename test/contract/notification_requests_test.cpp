// SPDX-License-Identifier: BSL-1.0

// What becomes of a request for notification, on every backend.

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include "contract/notification_fixture.hpp"
#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

template <class Kind> using Fixture = NotificationFixture<Kind>;

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(only_one_request_can_be_pending_per_queue, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.ask();
    expect_error<crex::BusyError>(EBUSY, [&] { f.ask_once(f.queue); });
    BOOST_TEST(f.is_asked_for());
    BOOST_TEST(f.start("ask").wait() == busy_error);
    f.queue.send("hello");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(second_request_of_a_process_replaces_the_first, Kind, QueueKinds) {
    Fixture<Kind> f;
    auto other = f.another_handle();
    std::atomic<int> told_first{0};
    for (crex::MessageQueue* const queue : {&f.queue, &other}) {
        queue->request_notification([&] { ++told_first; });
        BOOST_TEST(f.is_asked_for());
        f.ask();
        BOOST_TEST(f.is_asked_for());
        f.queue.send("hello");
        f.expect_told(queue == &f.queue ? 1 : 2);
        BOOST_TEST(!f.is_asked_for());
        expect_next(f.queue, "hello");
    }
    BOOST_TEST(told_first == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(request_is_cancelled_through_another_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    auto other = f.another_handle();
    f.ask();
    other.request_notification();
    BOOST_TEST(!f.is_asked_for());
    f.ask_once(other);
    f.queue.send("hello");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(request_outlives_the_queues_name, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.ask();
    Kind::unlink(f.name);
    f.queue.send("hello");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(replaced_request_ends_with_either_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    for (const bool closes_first : {true, false}) {
        auto first = f.another_handle();
        auto second = f.another_handle();
        first.request_notification([] {});
        second.request_notification([] {});
        (closes_first ? first : second).close();
        BOOST_TEST(!f.is_asked_for());
    }
}

// The sender may be the process that made the request. On the posix backend, the C library's thread
// may not have begun by then, and the function goes with the request.
using QueuesOfOurOwn = NotifyingKinds;

BOOST_AUTO_TEST_CASE_TEMPLATE(message_sent_before_a_request_is_cancelled_is_notified, Kind,
                              QueuesOfOurOwn) {
    Fixture<Kind> f;
    for (int i = 1; i <= 40; ++i) {
        f.ask();
        f.queue.send("hello");
        f.queue.request_notification();
        f.expect_told(i);
        expect_next(f.queue, "hello");
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(empty_request_cancels_the_pending_one, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.request_notification(); // no request is pending
    f.ask();
    f.queue.request_notification();
    BOOST_TEST(!f.is_asked_for());
    f.queue.send("hello");
    expect_next(f.queue, "hello");
    f.ask();
    f.queue.send("again");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(request_of_another_process_cannot_be_cancelled, Kind, QueueKinds) {
    Fixture<Kind> f;
    auto peer = f.start("ask");
    BOOST_TEST(peer.read_line() == "ready");
    f.queue.request_notification();
    expect_error<crex::BusyError>(EBUSY, [&] { f.ask(); });
    peer.kill();
    f.ask();
    f.queue.send("hello");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(request_ends_with_its_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    {
        auto other = f.another_handle();
        f.ask_once(other);
        expect_error<crex::BusyError>(EBUSY, [&] { f.ask_once(f.queue); });
    }
    f.queue.send("hello");
    expect_next(f.queue, "hello");
    BOOST_TEST(f.told == 0);
    f.ask();
    f.queue.close();
    BOOST_TEST(!f.is_asked_for());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(forked_child_does_not_inherit_the_request, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.ask();
    const Process child{[&]() -> int {
        try {
            f.queue.request_notification([] {});
        } catch (const crex::BusyError&) { // the request is the parent's
            f.queue.request_notification();
            kill(getpid(), SIGSTOP);
        }
        return no;
    }};
    BOOST_TEST(eventually([&] { return state_of(child.pid()) == 'T'; }));
    BOOST_TEST(f.is_asked_for());
    f.queue.send("hello");
    f.expect_told(1);
    expect_next(f.queue, "hello");
    f.ask();
    f.queue.close(); // while the child still lives
    BOOST_TEST(!f.is_asked_for());
}

// The child has locked what the other thread had locked, but not that thread.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_child_forked_while_another_thread_asks_can_close, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    std::atomic<bool> go_on{true};
    std::thread thread{[&] {
        while (go_on) {
            f.queue.request_notification([] {});
            f.queue.request_notification();
        }
    }};
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(in_child([&] { return f.queue.close(), done; }) == done);
    }
    go_on = false;
    thread.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(child_of_a_killed_requester_does_not_keep_the_request, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(pipe(ends.data()) == 0);
    Process parent{[&]() -> int {
        close(ends[1]);
        auto mine = f.another_handle();
        mine.request_notification([] {});
        if (fork() == 0) { // it lives until the test ends
            char c = 0;
            _exit(read(ends[0], &c, 1) == 0 ? done : no);
        }
        kill(getpid(), SIGSTOP);
        return no;
    }};
    BOOST_TEST(eventually([&] { return state_of(parent.pid()) == 'T'; }));
    BOOST_TEST(f.is_asked_for());
    parent.kill();
    BOOST_TEST(eventually([&] { return !f.is_asked_for(); })); // once the child has run
    close(ends[0]);
    close(ends[1]);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(replacing_a_request_leaves_no_gap, Kind, QueuesOfOurOwn) {
    Fixture<Kind> f;
    auto other = f.another_handle();
    std::atomic<bool> go_on{true};
    std::thread replacer{[&] {
        while (go_on) {
            for (crex::MessageQueue* const queue : {&f.queue, &other}) {
                queue->request_notification([&] { ++f.told; });
            }
        }
    }};
    for (int i = 1; i <= scaled(200); ++i) {
        f.ask(); // the old request may be used up and the next one not yet made
        f.queue.send("hello");
        BOOST_TEST_REQUIRE(eventually([&] { return f.told == i; }));
        // The replacer may be off its processor with the lock, for longer than a try waits.
        BOOST_TEST(f.queue.receive(10s).body == "hello");
    }
    if constexpr (Kind::backend == crex::Backend::robust) { // boost may notify once too often
        for (int i = 0; i < 5; ++i) {
            BOOST_TEST(f.is_asked_for());
        }
    }
    go_on = false;
    replacer.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(requester_killed_at_any_moment_leaves_the_queue_free_for_requests,
                              Kind, QueueKinds) {
    constexpr int rounds = 40;
    for (int i = 0; i < rounds; ++i) {
        Fixture<Kind> f;
        auto server = f.start("serve");
        BOOST_TEST(server.read_line() == "ready");
        auto sender = f.start("send-many", {"10000", "m"});
        std::this_thread::sleep_for(std::chrono::microseconds{i * 200});
        server.kill();
        sender.kill();
        try {
            while (f.queue.try_receive()) {
            }
        } catch (const crex::CorruptError&) { // killed inside the lock
            BOOST_TEST((f.backend == crex::Backend::boost));
            continue;
        }
        f.ask();
        f.queue.send("hello");
        f.expect_told(1);
        expect_next(f.queue, "hello");
    }
}

BOOST_AUTO_TEST_CASE(a_loan_keeps_the_queue_but_not_the_request) {
    Fixture<RobustQueues> f;
    f.ask();
    const auto loan = f.queue.loan(8);
    f.queue.close();
    BOOST_TEST(!f.is_asked_for());
}
