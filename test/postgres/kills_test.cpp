// SPDX-License-Identifier: BSL-1.0

// Processes that are killed, and a server that is killed and started again, while messages pass:
// none is lost whose send() returned, none is sent twice, and none is delivered again after its
// ack() returned. Each experiment has a control, in which the same ledger must find a fault.

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/postgres.hpp>
#include <crex/robust_semaphore.hpp>

#include "postgres/experiment.hpp"
#include "postgres/own_server.hpp"
#include "postgres/psql.hpp"
#include "support/thorough.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

std::string shared_parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

void kill_workers(Experiment& experiment, const std::string& parameters, int kills) {
    crex::PostgresServer server{parameters};
    auto queue = experiment.create_queue(server);
    std::minstd_rand random{42};
    experiment.start_workers();
    for (int i = 0; i < kills; ++i) {
        const std::chrono::milliseconds after{random() % 30};
        experiment.kill_worker(random() % experiment.workers(), after);
    }
    experiment.finish(server);
    queue.unlink();
}

void kill_server(const OwnServer& own, Experiment& experiment, int kills) {
    crex::PostgresServer server{own.parameters()};
    auto queue = experiment.create_queue(server);
    experiment.start_workers();
    for (int i = 0; i < kills; ++i) {
        experiment.wait_for_sent(20);
        std::this_thread::sleep_for(std::chrono::milliseconds{i % 25 * 20});
        own.kill_and_restart();
    }
    std::this_thread::sleep_for(2s);
    experiment.finish(server);
    queue.unlink();
}

void expect_no_fault(const Experiment& experiment) {
    BOOST_TEST(experiment.ledger.sent() > 0U);
    BOOST_TEST(experiment.ledger.lost() == 0U);
    BOOST_TEST(experiment.ledger.doubled() == 0U);
    BOOST_TEST(experiment.ledger->again_after_ack == 0U);
    BOOST_TEST(experiment.ledger->failures == 0U);
}

} // namespace

BOOST_AUTO_TEST_CASE(no_kill_of_a_process_loses_a_message_or_repeats_an_acknowledged_one) {
    const int kills = thorough ? 2000 : 200;
    Experiment experiment{shared_parameters()};
    kill_workers(experiment, shared_parameters(), kills);
    experiment.report(std::to_string(kills) + " kills of processes");
    expect_no_fault(experiment);
    BOOST_TEST(experiment.ledger.redelivered() > 0U); // kills have hit consumers with a lease
}

BOOST_AUTO_TEST_CASE(ledger_sees_messages_that_are_lost) {
    Experiment experiment{shared_parameters(), Noted::before_send};
    kill_workers(experiment, shared_parameters(), 60);
    experiment.report("control");
    BOOST_TEST(experiment.ledger.lost() != 0U);
}

BOOST_AUTO_TEST_CASE(no_crash_of_the_server_loses_a_message_or_repeats_an_acknowledged_one) {
    const int kills = thorough ? 250 : 25;
    const OwnServer own;
    crex::create_postgres_schema(own.parameters());
    Experiment experiment{own.parameters()};
    kill_server(own, experiment, kills);
    experiment.report(std::to_string(kills) + " crashes of the server");
    expect_no_fault(experiment);
}

// Without the synced commit, what was committed last is lost with the server.
BOOST_AUTO_TEST_CASE(ledger_sees_commits_that_are_not_on_disk) {
    const OwnServer own;
    crex::create_postgres_schema(own.parameters());
    BOOST_TEST_REQUIRE(!!psql(own.parameters(),
                              "create or replace function crex.sync() returns pg_lsn "
                              "language sql return null::pg_lsn"));
    Experiment experiment{own.parameters()};
    kill_server(own, experiment, 6);
    experiment.report("control");
    BOOST_TEST(experiment.ledger.lost() + experiment.ledger->again_after_ack != 0U);
}

// The crash ends the session of a holder, so its permit comes back whether or not the release is on
// disk. Without the synced commit, a call that waits for one fails.
BOOST_AUTO_TEST_CASE(released_permit_survives_a_crash_without_waiting_for_the_disk) {
    const OwnServer own;
    crex::create_postgres_schema(own.parameters());
    crex::PostgresServer server{own.parameters()};
    crex::RobustSemaphore turn{"/turn", crex::O_CREX, {.at = &server}};
    turn.acquire();
    turn.release();
    own.kill_and_restart();
    BOOST_TEST_REQUIRE(turn.try_acquire_for(60s));
    BOOST_TEST_REQUIRE(!!psql(own.parameters(), "drop function crex.sync"));
    BOOST_CHECK_NO_THROW(turn.release());
    BOOST_CHECK_THROW(turn.acquire(), crex::Error);
}
