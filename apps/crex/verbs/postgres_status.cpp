// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include <crex/postgres.hpp>

#include "objects/database.hpp"

namespace cli {
namespace {

ExitStatus run_postgres_status(const Invocation& given) {
    const auto found = crex::find_postgres_schema(database_of(given));
    if (!found) {
        std::cout << "no schema: make it with crex postgres init\n";
        return no;
    }
    std::cout << "schema " << *found << ", this crex needs " << crex::postgres_schema_version
              << '\n';
    return *found == crex::postgres_schema_version ? fine : no;
}

} // namespace

extern const Verb postgres_status{
    .name = "postgres status",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "show the version of crex's schema in a PostgreSQL database",
    .description =
        R"(Writes the version of the schema that the database has, and the one that this crex needs.
The exit status is 1 when there is none, or when they differ.)",
    .options = {service_option},
    .more = {},
    .completes = Completes::nothing,
    .run = run_postgres_status,
};

} // namespace cli
