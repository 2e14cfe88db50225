// SPDX-License-Identifier: BSL-1.0

// request_notification(), on every backend.

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

// Whether the waiting receiver gets the message before it is taken for a stopped one. On a busy
// machine, it may not.
bool takes_soon(const crex::MessageQueue& queue, const std::function<void()>& send,
                Process& receiver) {
    constexpr auto patience = 150ms; // a bit less than the notifier's patience
    const auto time = time_of([&] {
        send();
        BOOST_TEST(eventually([&] { return queue.current_messages() == 0; }));
    });
    BOOST_TEST(receiver.wait() == done);
    return time < patience;
}

// Repeats the attempt until it succeeds, or skips the test.
void soon(const std::function<bool()>& attempt) {
    if (!eventually(attempt)) {
        skip("this machine is too busy for a receiver to be quick");
    }
}

// Blocks a signal, so that this thread can take it when it comes.
class Awaited {
public:
    explicit Awaited(int number) {
        sigemptyset(&set_);
        sigaddset(&set_, number);
        pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }
    ~Awaited() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

    siginfo_t take() const {
        siginfo_t info{};
        constexpr timespec long_enough{20, 0};
        BOOST_TEST_REQUIRE(sigtimedwait(&set_, &info, &long_enough) > 0);
        return info;
    }

private:
    sigset_t set_{};
    sigset_t before_{};
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(requester_is_told_once_that_a_message_has_come, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.ask();
    BOOST_TEST(f.told == 0);
    BOOST_TEST(f.start("send", {"hello", "0"}).wait() == done);
    f.expect_told(1);
    expect_next(f.queue, "hello");
    f.queue.send("not told of");
    BOOST_TEST(!f.is_asked_for());
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(signal_carries_the_code_and_value_of_the_request, Kind, QueueKinds) {
    Fixture<Kind> f;
    const Awaited awaited{SIGUSR1};
    int value = 0;
    f.queue.request_notification(crex::Signal{SIGUSR1, &value});
    f.queue.send("hello");
    const siginfo_t info = awaited.take();
    BOOST_TEST(info.si_code == SI_MESGQ);
    BOOST_TEST(info.si_value.sival_ptr == &value);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(function_is_called_with_the_signal_mask_of_the_requester, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    const Awaited held{SIGUSR2};
    std::atomic<int> right{-1};
    f.queue.request_notification([&] {
        sigset_t set;
        pthread_sigmask(SIG_SETMASK, nullptr, &set);
        right = sigismember(&set, SIGUSR2) == 1 && sigismember(&set, SIGUSR1) == 0 ? 1 : 0;
    });
    f.queue.send("hello");
    BOOST_TEST(eventually([&] { return right != -1; }));
    BOOST_TEST(right == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(message_sent_before_the_request_is_not_notified, Kind, QueueKinds) {
    Fixture<Kind> f;
    f.queue.send("early");
    f.ask();
    f.queue.send("another"); // into a queue that is not empty
    f.fill();
    BOOST_TEST(f.is_asked_for());
    while (f.queue.try_receive()) {
    }
    BOOST_TEST(f.is_asked_for());
    BOOST_TEST(f.told == 0);
    f.queue.send("news");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(message_for_a_waiting_receiver_is_not_notified, Kind, QueueKinds) {
    soon([] {
        Fixture<Kind> f;
        f.ask();
        auto receiver = f.start_receiving();
        if (!takes_soon(
                f.queue, [&] { f.queue.send("for the receiver"); }, receiver)) {
            return false;
        }
        BOOST_TEST(f.is_asked_for());
        BOOST_TEST(f.told == 0);
        f.queue.send("unread");
        f.expect_told(1);
        return true;
    });
}

// The kernel's queue does not do this: a stop takes a receiver out of the line of waiters.
using Ours = std::tuple<BoostQueues, RobustQueues>;

BOOST_AUTO_TEST_CASE_TEMPLATE(receiver_stopped_for_a_moment_still_counts_as_waiting, Kind, Ours) {
    soon([] {
        Fixture<Kind> f;
        f.ask();
        auto receiver = f.start_receiving();
        receiver.signal(SIGSTOP);
        BOOST_TEST(eventually([&] { return state_of(receiver.pid()) == 'T'; }));
        const auto send = [&] {
            f.queue.send("for the receiver");
            std::this_thread::sleep_for(5ms); // a notifier without patience would notify now
            receiver.signal(SIGCONT);
        };
        if (!takes_soon(f.queue, send, receiver)) {
            return false;
        }
        BOOST_TEST(f.is_asked_for());
        BOOST_TEST(f.told == 0);
        return true;
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiver_killed_while_it_waits_no_longer_counts_as_waiting, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.ask();
    auto receiver = f.start_waiting("receive");
    receiver.kill();
    f.queue.send("unread");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(notified_function_may_ask_again_and_misses_no_message, Kind,
                              QueueKinds) {
    constexpr int cycles = scaled(1000);
    Fixture<Kind> f;
    std::mutex mutex; // a second call may begin while the first still receives messages
    std::atomic<int> received{0};
    std::atomic<int> told{0};
    std::atomic<int> ended{0};
    const std::function<void()> serve = [&] {
        ++told;
        f.queue.request_notification(serve);
        {
            const std::lock_guard lock{mutex};
            while (f.queue.try_receive()) {
                ++received;
            }
        }
        ++ended;
    };
    f.queue.request_notification(serve);
    for (int i = 1; i <= cycles; ++i) {
        f.queue.send("x");
        BOOST_TEST_REQUIRE(eventually([&] { return received == i; }));
    }
    BOOST_TEST(told < cycles + cycles / 10); // some come twice, having met the sender's lock
    BOOST_TEST(told > cycles / 2);           // some also see the next message before they end
    f.queue.request_notification();
    BOOST_TEST(eventually([&] { return ended == told; })); // and no longer uses the queue
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_of_messages_never_stalls, Kind, QueueKinds) {
    Fixture<Kind> f;
    auto server = f.start("serve");
    BOOST_TEST(server.read_line() == "ready");
    BOOST_TEST(f.start("send-many", {"1000", "m"}).wait() == done);
    BOOST_TEST(eventually([&] { return f.queue.current_messages() == 0; }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(notified_function_may_close_the_handle, Kind, QueueKinds) {
    Fixture<Kind> f;
    std::atomic<bool> closed{false};
    auto other = f.another_handle();
    other.request_notification([&] {
        other.close();
        closed = true;
    });
    f.queue.send("hello");
    BOOST_TEST(eventually([&] { return closed.load(); }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(invalid_signal_and_empty_function_are_refused, Kind, QueueKinds) {
    Fixture<Kind> f;
    for (const int number : {0, -1, 32, 65, 1000}) {
        expect_invalid([&] { f.queue.request_notification(crex::Signal{number}); });
    }
    expect_invalid([&] { f.queue.request_notification(std::function<void()>{}); });
    BOOST_TEST(!f.is_asked_for());
}

BOOST_AUTO_TEST_CASE(requester_is_told_of_a_message_that_a_dead_consumer_gives_back) {
    Fixture<RobustQueueKind> f;
    f.queue.send("hello");
    Process holder{helper_path("robust_peer"), {"hold-lease", f.name}};
    BOOST_TEST(holder.read_line() == "hello 0 0");
    f.ask();
    holder.kill();
    f.expect_told(1);
    expect_next(f.queue, "hello");
}

BOOST_AUTO_TEST_CASE(requester_is_told_of_a_shutdown) {
    Fixture<RobustQueueKind> f;
    f.ask();
    f.queue.shutdown();
    f.expect_told(1);
}
