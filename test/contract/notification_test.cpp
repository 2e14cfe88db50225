// SPDX-License-Identifier: BSL-1.0

// request_notification(), on every backend.

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract/queue_fixture.hpp"
#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

template <class Kind> struct Fixture : QueueFixture<Kind> {
    std::atomic<int> told{0};

    void ask() {
        this->queue.request_notification([this] { ++told; });
    }
    // Requests a notification only if this process has no request pending.
    void ask_once(crex::MessageQueue& handle) {
        handle.request_notification([this] { ++told; }, crex::SecondRequest::is_busy);
    }
    void expect_told(int times) {
        BOOST_TEST(eventually([&] { return told >= times; }));
        BOOST_TEST(told == times);
    }
    // A peer that is registered as waiting for a message. On Boost it checks the queue a few times
    // first.
    [[nodiscard]] Process start_receiving() {
        auto receiver = this->start_waiting("receive");
        if constexpr (Kind::backend != crex::Backend::posix) {
            const int file = ::open(Kind::path(this->name).c_str(), O_RDWR | O_CLOEXEC);
            BOOST_TEST(eventually([&] {
                struct flock lock {};
                lock.l_type = F_WRLCK;
                lock.l_start = 2; // lib/src/message_queue/waiting_receivers.hpp
                lock.l_len = 1;
                return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
            }));
            ::close(file);
        }
        return receiver;
    }
    // Whether a request is pending. Another process checks that: closing a handle in this process
    // would end a request to the kernel.
    [[nodiscard]] bool is_asked_for() { return this->start("ask-briefly").wait() == busy_error; }
};

// Whether the waiting receiver gets the message before it is taken for a stopped one, as may happen
// on a busy machine.
bool takes_soon(const std::function<void()>& send, Process& receiver) {
    constexpr auto patience = 150ms; // a bit less than the notifier's patience
    return time_of([&] {
               send();
               BOOST_TEST(receiver.wait() == done);
           }) < patience;
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
using QueuesOfOurOwn = std::tuple<BoostQueues, RobustQueues>;

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
    BOOST_TEST(eventually([] {
        Fixture<Kind> f;
        f.ask();
        auto receiver = f.start_receiving();
        if (!takes_soon([&] { f.queue.send("for the receiver"); }, receiver)) {
            return false;
        }
        BOOST_TEST(f.is_asked_for());
        BOOST_TEST(f.told == 0);
        f.queue.send("for nobody");
        f.expect_told(1);
        return true;
    }));
}

// The kernel's queue does not do this: a stop takes a receiver out of the line of waiters.
using Ours = std::tuple<BoostQueues, RobustQueues>;

BOOST_AUTO_TEST_CASE_TEMPLATE(replacing_a_request_leaves_no_gap, Kind, Ours) {
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
    for (int i = 1; i <= 200; ++i) {
        f.ask(); // the old request may be used up and the next one not yet made
        f.queue.send("hello");
        BOOST_TEST_REQUIRE(eventually([&] { return f.told == i; }));
        expect_next(f.queue, "hello");
    }
    if constexpr (Kind::backend == crex::Backend::robust) { // boost may notify once too often
        for (int i = 0; i < 5; ++i) {
            BOOST_TEST(f.is_asked_for());
        }
    }
    go_on = false;
    replacer.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiver_stopped_for_a_moment_still_counts_as_waiting, Kind, Ours) {
    BOOST_TEST(eventually([] {
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
        if (!takes_soon(send, receiver)) {
            return false;
        }
        BOOST_TEST(f.is_asked_for());
        BOOST_TEST(f.told == 0);
        return true;
    }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(receiver_killed_while_it_waits_no_longer_counts_as_waiting, Kind,
                              QueueKinds) {
    Fixture<Kind> f;
    f.ask();
    auto receiver = f.start_waiting("receive");
    receiver.kill();
    f.queue.send("for nobody");
    f.expect_told(1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(notified_function_may_ask_again_and_misses_no_message, Kind,
                              QueueKinds) {
    constexpr int cycles = 1000;
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

BOOST_AUTO_TEST_CASE(a_loan_keeps_the_queue_but_not_the_request) {
    Fixture<RobustQueues> f;
    f.ask();
    const auto loan = f.queue.loan(8);
    f.queue.close();
    BOOST_TEST(!f.is_asked_for());
}

BOOST_AUTO_TEST_CASE(requester_is_told_of_a_message_that_a_dead_consumer_gives_back) {
    Fixture<RobustQueues> f;
    f.queue.send("hello");
    Process holder{helper_path("robust_peer"), {"hold-lease", f.name}};
    BOOST_TEST(holder.read_line() == "hello 0 0");
    f.ask();
    holder.kill();
    f.expect_told(1);
    expect_next(f.queue, "hello");
}

BOOST_AUTO_TEST_CASE(requester_is_told_of_a_shutdown) {
    Fixture<RobustQueues> f;
    f.ask();
    f.queue.shutdown();
    f.expect_told(1);
}
