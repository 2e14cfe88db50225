// SPDX-License-Identifier: BSL-1.0

// Each wait inside a call obeys the call's timeout, the signals that interrupt it, and its stop
// token. In these tests another process is stopped while it holds a lock.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helpers/outcome_of.hpp"
#include "robust/queue/fixture.hpp"
#include "robust/queue/trap.hpp"
#include "robust/queue/waiting.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Fixture : RobustFixture {
    Fixture() : RobustFixture{robust(4, 64)} {}

    // A process that is stopped while it copies a message into the queue.
    Process stopped_sender() {
        Process process{std::function<int()>{[this] {
            const Trap trap{queue.max_message_size(), [] { raise(SIGSTOP); }};
            queue.send(trap.bytes());
            return done;
        }}};
        BOOST_TEST(eventually([&] { return state_of(process.pid()) == 'T'; }));
        return process;
    }

    void let_go(Process& sender) {
        sender.signal(SIGCONT);
        BOOST_TEST(sender.wait() == done);
    }
};

} // namespace

// The first call of a handle opens the FIFO beside a polled queue. For that it needs both locks.
BOOST_FIXTURE_TEST_CASE(the_first_timed_call_on_a_polled_queue_ends_in_time, Fixture) {
    (void)queue.ready_fd();
    const std::vector<std::function<void(crex::MessageQueue&)>> calls{
        [](auto& q) { (void)q.try_receive(); },
        [](auto& q) { (void)q.try_send("x"); },
        [](auto& q) { (void)q.try_receive_for(100ms); },
        [](auto& q) { (void)q.send_many(std::vector<std::string_view>{"x"}, 100ms); },
        [](auto& q) { q.try_lease(100ms).reset(); },
        [](auto& q) { q.try_loan(1, 100ms).reset(); },
    };
    for (const auto& call : calls) {
        auto fresh = another_handle();
        auto sender = stopped_sender();
        call(fresh); // otherwise the test's own time limit ends it
        let_go(sender);
        (void)queue.receive_many(4, 0s);
    }
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_the_first_call_on_a_polled_queue, Fixture) {
    (void)queue.ready_fd();
    auto fresh = another_handle();
    auto sender = stopped_sender();
    {
        const Alarms alarms;
        expect_error<crex::SignalError>(EINTR, [&] { (void)fresh.receive(); });
    }
    let_go(sender);
}

// The dead process's loan or lease must be given back, and that takes the lock.
BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_wait_that_finds_a_dead_process, Fixture) {
    const auto receive = [this] {
        return outcome_of([this] { return (void)queue.receive(), done; });
    };
    Process receiver{std::function<int()>{[&] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        sigaction(SIGUSR1, &action, nullptr);
        return receive();
    }}};
    receiver.wait_until_asleep();
    auto dying = Process{std::function<int()>{[this] {
        auto loan = queue.loan(1);
        pause();
        return done;
    }}};
    dying.wait_until_asleep();
    auto sender = stopped_sender();
    dying.kill();
    std::this_thread::sleep_for(200ms); // by then the receiver has noticed
    receiver.signal(SIGUSR1);
    BOOST_TEST(receiver.wait() == signal_error);
    let_go(sender);
}

BOOST_FIXTURE_TEST_CASE(closing_ends_a_wait_that_finds_a_dead_process, Fixture) {
    auto handle = another_handle();
    Waiting receiver{handle, [](auto& q) { (void)q.receive(); }};
    auto dying = Process{std::function<int()>{[this] {
        auto loan = queue.loan(1);
        pause();
        return done;
    }}};
    dying.wait_until_asleep();
    auto sender = stopped_sender();
    dying.kill();
    std::this_thread::sleep_for(200ms);
    handle.close();
    BOOST_TEST(receiver.outcome() == existential_error);
    let_go(sender);
}

// A loan keeps the queue open, and the call that sends it may have to wait for the lock.
BOOST_FIXTURE_TEST_CASE(a_loan_of_a_closed_handle_is_sent_when_the_lock_is_free, Fixture) {
    auto handle = another_handle();
    auto loan = handle.loan(1);
    handle.close();
    auto sender = stopped_sender();
    Waiting sending{queue, [&](auto&) { loan.send(); }};
    let_go(sender);
    BOOST_TEST(sending.outcome() == done);
    BOOST_TEST(queue.receive_many(4).size() == 2U);
}

// A message above 64 KiB is copied while the caller owns its slot. The lock is taken a second time
// when the copy is done. By then another process is stopped with the lock.
struct LargeFixture : RobustFixture {
    static constexpr std::size_t large = 200'000;

    LargeFixture() : RobustFixture{robust(4, large)} {
        itself = this;
        queue.send(std::string(large, 'x'));
        queue.send("small");
    }

    // Called in the middle of a copy: another process begins to send or to receive, and is stopped.
    template <class Call> static void stop_another_in(Call call) {
        itself->other.emplace([call] {
            sigset_t fault; // this handler is running for it
            sigemptyset(&fault);
            sigaddset(&fault, SIGSEGV);
            sigprocmask(SIG_UNBLOCK, &fault, nullptr);
            const Trap trap{large, [] { raise(SIGSTOP); }};
            call(itself->queue, trap.bytes());
            return done;
        });
        BOOST_TEST(eventually([] { return state_of(itself->other->pid()) == 'T'; }));
    }
    static void stop_a_receiver() {
        stop_another_in([](auto& q, auto bytes) { q.receive_into(bytes); });
    }
    static void stop_a_sender() {
        stop_another_in([](auto& q, auto bytes) { q.send(bytes.first(8)); });
    }

    void let_the_other_go() {
        BOOST_TEST(state_of(other->pid()) == 'T'); // otherwise the call has waited for it
        other->signal(SIGCONT);
        BOOST_TEST(other->wait() == done);
    }

    // No message is lost, and no room for one.
    void expect_messages(std::size_t count) {
        BOOST_TEST(queue.receive_many(10, 0s).size() == count);
        fill();
        BOOST_TEST(queue.receive_many(10, 0s).size() == 4U);
    }

    static inline LargeFixture* itself = nullptr;
    std::optional<Process> other;
};

BOOST_FIXTURE_TEST_CASE(a_timed_receive_of_a_large_message_ends_in_time, LargeFixture) {
    const Trap trap{large, stop_a_receiver};
    const auto received = queue.try_receive_into(trap.bytes(), 100ms);
    BOOST_TEST(received.value().size == large);
    let_the_other_go();
    expect_messages(0);
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_receive_of_a_large_message, LargeFixture) {
    const Trap trap{large, stop_a_receiver};
    const Alarms alarms;
    BOOST_TEST(queue.receive_into(trap.bytes()).size == large); // the message has been taken
    let_the_other_go();
    expect_messages(0);
}

BOOST_FIXTURE_TEST_CASE(a_timed_send_of_a_large_message_ends_in_time, LargeFixture) {
    const Trap trap{large, stop_a_sender};
    BOOST_TEST((time_of([&] { BOOST_TEST(!queue.try_send_for(100ms, trap.bytes())); }) >= 100ms));
    let_the_other_go();
    expect_messages(3);
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_send_of_a_large_message, LargeFixture) {
    const Trap trap{large, stop_a_sender};
    const Alarms alarms;
    expect_error<crex::SignalError>(EINTR, [&] { queue.send(trap.bytes()); });
    let_the_other_go();
    expect_messages(3);
}

// A slot that the call could not give back is given back once the handle is closed.
BOOST_FIXTURE_TEST_CASE(a_large_message_received_in_time_is_not_delivered_again, LargeFixture) {
    auto another = another_handle();
    const Trap trap{large, stop_a_receiver};
    BOOST_TEST(queue.try_receive_into(trap.bytes(), 100ms).has_value());
    let_the_other_go();
    queue.close();
    BOOST_TEST(!another.try_receive_for(200ms)); // by then the death is noticed
    test::fill(another);
    BOOST_TEST(another.receive_many(10, 0s).size() == 4U);
}

// In /proc, such a process is a zombie, although its other threads go on.
BOOST_FIXTURE_TEST_CASE(a_holder_whose_first_thread_has_ended_is_waited_for, Fixture) {
    static auto* const is_copying = static_cast<std::atomic<bool>*>(
        mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
             -1, 0));
    Process holder{std::function<int()>{[this]() -> int {
        static auto* its_queue = &queue;
        static const Trap trap{queue.max_message_size(), [] {
                                   *is_copying = true;
                                   std::this_thread::sleep_for(13s);
                               }};
        std::thread{[] {
            its_queue->send(trap.bytes());
            _exit(done);
        }}.detach();
        return static_cast<int>(syscall(SYS_exit, 0)); // of this thread only
    }}};
    BOOST_TEST(eventually([&] { return *is_copying && state_of(holder.pid()) == 'Z'; }));
    BOOST_TEST((time_of([&] { queue.send("x"); }) >= 10s)); // CorruptError would end the test
    BOOST_TEST(queue.receive_many(4).size() == 2U);
}
