// SPDX-License-Identifier: BSL-1.0

// A server that is lost, with its disk: its synchronous standby takes over, and the processes go on
// there.

#include <chrono>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/postgres.hpp>

#include "postgres/experiment.hpp"
#include "postgres/own_server.hpp"
#include "postgres/psql.hpp"
#include "support/eventually.hpp"
#include "support/thorough.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// Not on the command line, nor in the file that a standby gets a copy of: else a standby that has
// taken over would wait for a standby of its own.
void expect_sync(const OwnServer& primary) {
    BOOST_TEST_REQUIRE(!!psql(primary.parameters(), "alter system set synchronous_standby_names "
                                                    "= '*'"));
    BOOST_TEST_REQUIRE(!!psql(primary.parameters(), "select pg_reload_conf()"));
    BOOST_TEST_REQUIRE(eventually([&] {
        return psql(primary.parameters(), "select sync_state from pg_stat_replication") == "sync";
    }));
}

void lose_primary(Experiment& experiment, const OwnServer& primary, const OwnServer& standby,
                  const std::string& parameters) {
    crex::PostgresServer server{parameters};
    auto queue = experiment.create_queue(server);
    experiment.start_workers();
    experiment.wait_for_sent(50);
    primary.kill();
    standby.promote();
    experiment.wait_for_sent(50);
    experiment.finish(server);
    queue.unlink();
}

} // namespace

BOOST_AUTO_TEST_CASE(no_message_is_lost_or_doubled_when_a_synchronous_standby_takes_over) {
    const int rounds = thorough ? 20 : 2;
    for (int i = 0; i < rounds; ++i) {
        const OwnServer primary;
        crex::create_postgres_schema(primary.parameters());
        const OwnServer standby = OwnServer::standby_of(primary);
        expect_sync(primary);
        const auto parameters =
            "host=" + primary.directory() + "," + standby.directory() + OwnServer::others;
        Experiment experiment{parameters};
        lose_primary(experiment, primary, standby, parameters);
        experiment.report("fail-over");
        BOOST_TEST(experiment.ledger.sent() > 0U);
        BOOST_TEST(experiment.ledger->longest_pause > 0);
        BOOST_TEST(experiment.ledger.lost() == 0U);
        BOOST_TEST(experiment.ledger.doubled() == 0U);
        BOOST_TEST(experiment.ledger->again_after_ack == 0U);
        BOOST_TEST(experiment.ledger->failures == 0U);
    }
}

// A standby whose link is slow has not got all, if no commit waits for it.
BOOST_AUTO_TEST_CASE(ledger_sees_what_an_asynchronous_standby_has_not_got) {
    const OwnServer primary;
    crex::create_postgres_schema(primary.parameters());
    const OwnServer standby = OwnServer::standby_of(primary);
    const auto parameters =
        "host=" + primary.directory() + "," + standby.directory() + OwnServer::others;
    // It follows until the queue is there.
    Experiment experiment{parameters};
    crex::PostgresServer server{parameters};
    auto queue = experiment.create_queue(server);
    BOOST_TEST_REQUIRE(eventually([&] {
        return psql(primary.parameters(), "select pg_current_wal_lsn() = replay_lsn from "
                                          "pg_stat_replication") == "t";
    }));
    BOOST_TEST_REQUIRE(!!psql(standby.parameters(), "alter system set primary_conninfo = ''"));
    BOOST_TEST_REQUIRE(!!psql(standby.parameters(), "select pg_reload_conf()"));
    BOOST_TEST_REQUIRE(eventually([&] {
        return psql(primary.parameters(), "select count(*) from pg_stat_replication") == "0";
    }));
    experiment.start_senders(); // so that all are still in the queue
    experiment.wait_for_sent(20);
    primary.kill();
    standby.promote();
    experiment.finish(server);
    experiment.report("control");
    BOOST_TEST(experiment.ledger.lost() + experiment.ledger->again_after_ack +
                   experiment.ledger.doubled() !=
               0U);
    queue.unlink();
}
