// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <crex/error.hpp>

#include "objects/server.hpp"
#include "objects/server_in_postgres.hpp"
#include "text/finding.hpp"

// The state of a server, for crex doctor.

namespace cli {
namespace {

using namespace std::chrono_literals;

Finding connection(const crex::PostgresHealth& health) {
    Finding finding{"connection: ", "",
                    "sslmode=verify-full in the service file, and certificates at the server"};
    finding.title += health.is_local       ? "local socket"
                     : health.is_encrypted ? "encrypted"
                                           : "not encrypted";
    if (!health.is_local && !health.is_encrypted) {
        finding.problem = "everyone between this machine and the server can read and change it";
    }
    return finding;
}

Finding durability(const crex::PostgresHealth& health) {
    Finding finding{"durability", "", "fsync = on and full_page_writes = on in postgresql.conf"};
    if (!health.fsync || !health.full_page_writes) {
        finding.problem = "a crash of the server can lose messages and damage the database: fsync "
                          "or full_page_writes is off";
    }
    return finding;
}

Finding standbys(const crex::PostgresHealth& health) {
    const auto& names = health.synchronous_standby_names;
    Finding finding{"synchronous standbys: " +
                        (names.empty()
                             ? std::string{"none wanted"}
                             : std::to_string(health.synchronous_standbys) + " connected"),
                    "", "look at pg_stat_replication, and at the standbys' logs"};
    if (!names.empty() && health.sees_all && health.synchronous_standbys == 0) {
        finding.problem = "synchronous_standby_names is \"" + names +
                          "\", and none is connected: every send() waits for one";
    }
    return finding;
}

Finding transactions(const crex::PostgresHealth& health) {
    Finding finding{"transactions in this database", "",
                    "end it, and give queues a database of their own"};
    if (health.oldest_transaction > 5s) {
        finding.problem = "the oldest has been open for " +
                          std::to_string(health.oldest_transaction.count()) + " s, " +
                          health.oldest_transaction_of +
                          ": what is deleted since then stays, and slows queues";
    }
    return finding;
}

Finding rows(const crex::PostgresHealth& health) {
    constexpr std::uint64_t many = 100'000;
    Finding finding{"rows: " + std::to_string(health.live_rows) + " live, " +
                        std::to_string(health.dead_rows) + " dead",
                    "", "vacuum (in the database); then see why autovacuum does not keep up"};
    if (!health.autovacuum) {
        finding.problem = "autovacuum is off: dead rows stay, and slow queues";
        finding.advice = "autovacuum = on in postgresql.conf";
    } else if (health.dead_rows > std::max(many, 10 * health.live_rows)) {
        finding.problem = "most of them are dead, and slow queues";
    }
    return finding;
}

Finding connections(const crex::PostgresHealth& health) {
    Finding finding{"connections: " + std::to_string(health.connections) + " of " +
                        std::to_string(health.max_connections),
                    "", "max_connections in postgresql.conf; crex needs one for each process"};
    if (health.connections > health.max_connections * 8 / 10) {
        finding.problem = "few are left";
    }
    return finding;
}

Finding sight(const crex::PostgresHealth& health) {
    Finding finding{"what can be seen", "",
                    "GRANT pg_read_all_stats to the role that ran crex postgres init"};
    if (!health.sees_all) {
        finding.problem = "the transactions and standbys of other roles are out of sight";
    }
    return finding;
}

} // namespace

// A server that cannot be used says why: no schema or another version of it, a pooler, a role
// without rights.
ExitStatus examine_server(const Invocation& given) {
    crex::PostgresHealth health;
    try {
        health = postgres_server_of(given).health();
    } catch (const crex::ConnectionError& error) {
        return report({{"server", error.what(),
                        "psql " + parameters_of(given) + " tells whether anything can connect"}});
    } catch (const crex::Error& error) {
        return report({{"server", error.what(), "crex postgres status tells more"}});
    }
    return report({{"PostgreSQL " + health.server_version, "", ""},
                   {"schema " + std::to_string(health.schema_version), "", ""},
                   connection(health),
                   durability(health),
                   standbys(health),
                   transactions(health),
                   rows(health),
                   connections(health),
                   sight(health)});
}

} // namespace cli
