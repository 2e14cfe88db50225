// SPDX-License-Identifier: BSL-1.0
#include <crex/postgres.hpp>

#include "objects/database.hpp"

namespace cli {
namespace {

ExitStatus run_postgres_init(const Invocation& given) {
    crex::create_postgres_schema(database_of(given));
    return fine;
}

} // namespace

extern const Verb postgres_init{
    .name = "postgres init",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "make crex's schema in a PostgreSQL database",
    .description =
        R"(Makes the schema crex, in which queues and semaphores are kept, and the role crex_user,
unless there is one. It must be run by a role that may create both. Roles that are to use crex must
then be members: GRANT crex_user TO role.

A database of its own is best: a transaction that is left open in the same database slows queues.)",
    .options = {service_option},
    .more = {{"EXAMPLES", " crex postgres init --service jobs-admin"}},
    .completes = Completes::nothing,
    .run = run_postgres_init,
};

} // namespace cli
