// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <libpq-fe.h>

namespace test {

/// Runs a command in the database of those parameters. Returns the first value of its result, which
/// may be empty; nothing when it fails.
inline std::optional<std::string> psql(const std::string& parameters, const std::string& command) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> pg{PQconnectdb(parameters.c_str()),
                                                          PQfinish};
    const std::unique_ptr<PGresult, decltype(&PQclear)> result{PQexec(pg.get(), command.c_str()),
                                                               PQclear};
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK) {
        return std::string{};
    }
    if (status != PGRES_TUPLES_OK) {
        return std::nullopt;
    }
    return PQntuples(result.get()) != 0 ? PQgetvalue(result.get(), 0, 0) : std::string{};
}

} // namespace test
