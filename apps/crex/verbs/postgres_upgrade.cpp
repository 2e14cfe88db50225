// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include <crex/postgres.hpp>

#include "objects/database.hpp"

namespace cli {
namespace {

ExitStatus run_postgres_upgrade(const Invocation& given) {
    const int before = crex::upgrade_postgres_schema(database_of(given));
    if (before == crex::postgres_schema_version) {
        std::cout << "schema " << before << " is up to date\n";
    } else {
        std::cout << "schema " << before << " was upgraded to " << crex::postgres_schema_version
                  << '\n';
    }
    return fine;
}

} // namespace

extern const Verb postgres_upgrade{
    .name = "postgres upgrade",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "bring crex's schema in a PostgreSQL database up to date",
    .description =
        R"(Brings the schema to the version that this crex needs, in one transaction: all of it or
nothing. Queues keep their messages. It must be run by the role that ran crex postgres init.

Upgrade the schema first, then the programs on each machine: a program with an older crex that is
connected goes on, but cannot connect again. A schema that is newer than this crex is an error (exit
status 71).)",
    .options = {service_option},
    .more = {},
    .completes = Completes::nothing,
    .run = run_postgres_upgrade,
};

} // namespace cli
