// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include <libpq-fe.h>

namespace test {

/// Runs a command in the database of those parameters. Returns whether it succeeded.
inline bool psql(const std::string& parameters, const std::string& command) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> pg{PQconnectdb(parameters.c_str()),
                                                          PQfinish};
    const std::unique_ptr<PGresult, decltype(&PQclear)> result{PQexec(pg.get(), command.c_str()),
                                                               PQclear};
    const auto status = PQresultStatus(result.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

} // namespace test
