// SPDX-License-Identifier: BSL-1.0

// A connection that is lost, and what becomes of calls, leases and permits.

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>
#include <signal.h>
#include <unistd.h>

#include <crex/postgres.hpp>

#include "contract/queue_fixture.hpp"
#include "postgres/psql.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

std::string parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// A connection of its own, which the test can end at the server.
struct Fixture : QueueFixture<PostgresQueues> {
    std::string mark = "own" + std::to_string(getpid());
    crex::PostgresServer own{parameters() + " application_name=" + mark};
    crex::MessageQueue its{name, 0, {.at = &own}};

    void cut() {
        BOOST_TEST_REQUIRE(!!psql(parameters(), "select pg_terminate_backend(pid) from "
                                                "pg_stat_activity where application_name = '" +
                                                    mark + "'"));
    }
    // The connection is lost, and there is another one.
    void cut_and_await() {
        std::atomic<bool> is_lost{false};
        own.on_loss([&] { is_lost = true; });
        cut();
        BOOST_TEST(eventually([&] { return is_lost.load(); }));
        BOOST_TEST(eventually([&] { return own.connected(); }));
        own.on_loss({});
    }
};

// While it lives, the server is kept from finishing any call on the queue.
class Obstacle {
public:
    explicit Obstacle(const std::string& queue) : pg_{PQconnectdb(parameters().c_str())} {
        run("begin");
        run("select from crex.queue where name = '" + queue + "' for update");
    }
    // Whether a call waits for it.
    [[nodiscard]] bool is_reached() const {
        return psql(parameters(), "select bool_or(" + std::to_string(PQbackendPID(pg_)) +
                                      " = any (pg_blocking_pids(pid))) from pg_stat_activity") ==
               "t";
    }
    ~Obstacle() { PQfinish(pg_); }
    Obstacle(const Obstacle&) = delete;
    Obstacle& operator=(const Obstacle&) = delete;

private:
    void run(const std::string& command) {
        PGresult* const result = PQexec(pg_, command.c_str());
        BOOST_TEST(PQresultStatus(result) != PGRES_FATAL_ERROR);
        PQclear(result);
    }

    PGconn* pg_;
};

// While it lives, a thread that gets SIGUSR1 does nothing else.
class SlowHandler {
public:
    SlowHandler() {
        is_running = may_end = false;
        struct sigaction action {};
        action.sa_handler = [](int) {
            for (is_running = true; !may_end;) {
                usleep(1'000);
            }
        };
        sigaction(SIGUSR1, &action, &before_);
    }
    ~SlowHandler() {
        may_end = true;
        sigaction(SIGUSR1, &before_, nullptr);
    }
    SlowHandler(const SlowHandler&) = delete;
    SlowHandler& operator=(const SlowHandler&) = delete;

    static inline std::atomic<bool> is_running{false};
    static inline std::atomic<bool> may_end{false};

private:
    struct sigaction before_ {};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(calls_after_a_loss_find_a_new_connection, Fixture) {
    for (int i = 0; i < 5; ++i) {
        cut();
        its.send(std::to_string(i), 10s);
        expect_next(queue, std::to_string(i));
    }
}

BOOST_FIXTURE_TEST_CASE(waiting_receiver_goes_on_with_a_new_connection, Fixture) {
    // A receive() that is under way when its connection is lost may have taken a message, and
    // fails.
    const auto waits = [&] {
        return psql(parameters(), "select count(*) > 0 from crex.waiter join crex.queue "
                                  "on object = id where name = '" +
                                      name + "'") == "t";
    };
    std::jthread sender{[&] {
        BOOST_TEST(eventually(waits));
        std::this_thread::sleep_for(50ms);
        cut();
        std::this_thread::sleep_for(300ms);
        queue.send("late");
    }};
    BOOST_TEST(its.receive(20s).body == "late");
}

BOOST_FIXTURE_TEST_CASE(lease_is_lost_with_its_connection_and_delivered_again, Fixture) {
    queue.send("work");
    auto lease = its.lease();
    cut_and_await();
    expect_error<crex::LeaseLostError>(ESTALE, [&] { lease.ack(); });
    auto again = queue.lease(10s);
    BOOST_TEST(again.attempts() == 1U);
    BOOST_TEST(again.token() > lease.token());
    again.ack();
}

BOOST_FIXTURE_TEST_CASE(permit_is_lost_with_its_connection_and_the_holder_is_told, Fixture) {
    crex::RobustSemaphore mine{name, crex::O_CREX, {.at = &own}};
    const Removed<PostgresSemaphores> removed_too{name};
    mine.acquire();
    const auto token = mine.token();
    cut_and_await();
    expect_error<crex::LeaseLostError>(ESTALE, [&] { (void)mine.token(); });
    expect_error<crex::LeaseLostError>(ESTALE, [&] { mine.release(); });
    crex::RobustSemaphore other{name, 0, {.at = server}};
    other.acquire(10s);
    BOOST_TEST(other.previous_holder_died());
    BOOST_TEST(other.token() > token);
    other.release();
    mine.acquire(10s);
    BOOST_TEST(!mine.previous_holder_died());
    mine.release();
}

BOOST_FIXTURE_TEST_CASE(guard_whose_permit_was_lost_ends_quietly, Fixture) {
    crex::RobustSemaphore mine{name, crex::O_CREX, {.at = &own}};
    const Removed<PostgresSemaphores> removed_too{name};
    {
        const std::scoped_lock guard{mine};
        cut_and_await();
    }
    BOOST_TEST(mine.try_acquire_for(10s));
}

BOOST_FIXTURE_TEST_CASE(closing_ends_the_wait_of_another_thread, Fixture) {
    std::atomic<pid_t> tid{0};
    std::jthread waiter{[&] {
        tid = gettid();
        expect_error<crex::ExistentialError>(EBADF, [&] { (void)its.receive(); });
    }};
    BOOST_TEST(eventually([&] { return tid != 0; }));
    wait_until_asleep(tid);
    its.close();
}

BOOST_FIXTURE_TEST_CASE(stopped_holder_keeps_its_permit, Fixture) {
    crex::RobustSemaphore turn{name, crex::O_CREX, {.at = server}};
    const Removed<PostgresSemaphores> removed_too{name};
    auto holder = start_peer({"robust-hold", name});
    BOOST_TEST(holder.read_line() == "ready");
    holder.signal(SIGSTOP);
    BOOST_TEST(!turn.try_acquire_for(3s));
    holder.kill();
    BOOST_TEST(turn.try_acquire_for(20s));
}

// The server's process for the connection is stopped: what comes over the wire is silence.
BOOST_AUTO_TEST_CASE(silence_for_two_thirds_of_the_patience_is_a_loss) {
    QueueFixture<PostgresQueues> f;
    const std::string mark = "silent" + std::to_string(getpid());
    crex::PostgresServer own{parameters() + " application_name=" + mark, {.patience = 1500ms}};
    crex::MessageQueue its{f.name, 0, {.at = &own}};
    f.queue.send("work");
    auto lease = its.lease();
    const auto backend = psql(parameters(), "select pid from pg_stat_activity where "
                                            "application_name = '" +
                                                mark + "'");
    BOOST_TEST_REQUIRE(backend.has_value());
    std::atomic<bool> is_lost{false};
    own.on_loss([&] { is_lost = true; });
    BOOST_TEST(!is_lost.load());
    const auto began = std::chrono::steady_clock::now();
    BOOST_TEST_REQUIRE(kill(std::stoi(*backend), SIGSTOP) == 0);
    BOOST_TEST(eventually([&] { return is_lost.load(); }));
    BOOST_TEST(
        (std::chrono::steady_clock::now() - began >= 400ms)); // since the last heartbeat: 1 s
    expect_error<crex::LeaseLostError>(ESTALE, [&] { lease.ack(); });
    BOOST_TEST(!f.queue.try_receive_for(600ms)); // the server has not noticed anything
    own.on_loss({});
    kill(std::stoi(*backend), SIGCONT);
    BOOST_TEST(f.queue.receive(20s).body == "work");
}

// The message may come while there is no connection.
BOOST_FIXTURE_TEST_CASE(request_for_notification_survives_a_lost_connection, Fixture) {
    for (int i = 1; i <= 5; ++i) {
        std::atomic<int> told{0};
        its.request_notification([&] { ++told; });
        cut();
        queue.send("x");
        BOOST_TEST(eventually([&] { return told == 1; }));
        expect_next(queue, "x");
    }
}

// A message is sent once, however often the connection is lost.
BOOST_FIXTURE_TEST_CASE(send_that_is_cut_off_sends_once, Fixture) {
    constexpr int count = 100;
    std::atomic<bool> is_done{false};
    std::jthread cutter{[&] {
        for (int i = 0; i < 60 && !is_done; ++i) {
            BOOST_TEST(eventually([&] { return own.connected() || is_done; }));
            std::this_thread::sleep_for(i % 20 * 5ms);
            cut();
        }
    }};
    std::jthread sender{[&] {
        for (int i = 0; i < count; ++i) {
            its.send(std::to_string(i), 60s);
        }
        is_done = true;
    }};
    for (int i = 0; i < count; ++i) {
        BOOST_TEST_REQUIRE(queue.receive(60s).body == std::to_string(i));
    }
    sender.join();
    BOOST_TEST(!queue.try_receive());
}

// Of the threads in calls, one reads the answers for all. The server's silence, after which the
// session reads in any case, is longer than the test waits.
BOOST_FIXTURE_TEST_CASE(handler_that_interrupts_a_call_holds_up_no_other_thread,
                        QueueFixture<PostgresQueues>) {
    crex::PostgresServer own{parameters(), {.patience = 60s}};
    crex::MessageQueue its{name, 0, {.at = &own}};
    std::optional<Obstacle> obstacle{name};
    std::atomic<pid_t> tid{0};
    std::atomic<bool> is_sent{false};
    std::jthread first{[&] {
        tid = gettid();
        its.send("first");
    }};
    std::jthread second;
    const SlowHandler handler; // ends before the threads are joined
    BOOST_TEST(eventually([&] { return obstacle->is_reached(); })); // the call was sent
    wait_until_asleep(tid);
    pthread_kill(first.native_handle(), SIGUSR1);
    BOOST_TEST_REQUIRE(eventually([&] { return SlowHandler::is_running.load(); }));
    obstacle.reset();
    second = std::jthread{[&] {
        its.send("second");
        is_sent = true;
    }};
    BOOST_TEST(eventually([&] { return is_sent.load(); }));
    expect_next(queue, "first");
    expect_next(queue, "second");
}

// Answers come to whatever thread reads, each to its call.
BOOST_FIXTURE_TEST_CASE(threads_that_share_a_connection_get_their_own_answers, Fixture) {
    constexpr int threads = 8;
    std::vector<std::string> names(threads);
    std::vector<std::jthread> all;
    std::atomic<int> wrong{0};
    for (std::string& mine : names) {
        mine = unique_name();
        all.emplace_back([&] {
            crex::MessageQueue queue_of_mine{mine, crex::O_CREX, {.at = &own}};
            for (int i = 0; i < 100; ++i) {
                const std::string body = mine + std::to_string(i);
                queue_of_mine.send(body);
                wrong += queue_of_mine.receive().body == body ? 0 : 1;
            }
            queue_of_mine.unlink();
        });
    }
    all.clear(); // joins
    BOOST_TEST(wrong == 0);
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_each_wait_unless_its_handler_restarts_it, Fixture) {
    crex::RobustSemaphore turn{name, crex::O_CREX, {.at = server}};
    const Removed<PostgresSemaphores> removed_too{name};
    turn.acquire();
    crex::MessageQueue other{unique_name(), crex::O_CREX, {.max_messages = 1, .at = server}};
    const Removed<PostgresQueues> other_removed{other.name()};
    other.send("full");
    const std::vector<std::function<void(crex::Timeout)>> waits{
        [&](auto timeout) { (void)queue.receive(timeout); },
        [&](auto timeout) { (void)queue.lease(timeout); },
        [&](auto timeout) { other.send("x", timeout); },
        [&](auto timeout) { turn.acquire(timeout); },
    };
    for (const auto& wait : waits) {
        const Alarms alarms;
        expect_error<crex::SignalError>(EINTR, [&] { wait(1h); });
    }
    for (const auto& wait : waits) {
        const Alarms alarms{SA_RESTART};
        BOOST_CHECK_THROW(wait(200ms), crex::BusyError);
    }
}
