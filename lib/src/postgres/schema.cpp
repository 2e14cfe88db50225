// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <memory>

#include <libpq-fe.h>

#include <crex/postgres.hpp>

#include "platform/cancellation.hpp"
#include "postgres/failures.hpp"
#include "postgres/parameters.hpp"
#include "postgres/schema.hpp"

// The schema in the database: its version, making it, and bringing it up to date.

namespace crex {
namespace {

using detail::Call;
using detail::postgres::Connection;
using detail::postgres::Parameters;
using detail::postgres::PgResult;

struct Finish {
    void operator()(PGconn* pg) const noexcept { PQfinish(pg); }
};

std::unique_ptr<PGconn, Finish> connected(const Call& call, std::string_view connection_string) {
    const Parameters parameters{call, std::string{connection_string}};
    std::unique_ptr<PGconn, Finish> pg{
        PQconnectdbParams(parameters.keywords().data(), parameters.values().data(), 0)};
    if (PQstatus(pg.get()) != CONNECTION_OK) {
        std::string text = PQerrorMessage(pg.get());
        while (!text.empty() && text.back() == '\n') {
            text.pop_back();
        }
        throw_not_connected(call, Connection::Failure{{}, text});
    }
    PQsetNoticeProcessor(
        pg.get(), [](void*, const char*) {}, nullptr);
    return pg;
}

PgResult run(const Call& call, PGconn* pg, const char* command) {
    PgResult result{PQexec(pg, command)};
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        const char* const state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        const char* const text = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
        if (state != nullptr && std::string_view{state} == "42501") {
            detail::throw_errno(call, EACCES, text != nullptr ? text : "");
        }
        detail::throw_limit(call, EPROTO, text != nullptr ? text : PQerrorMessage(pg));
    }
    return result;
}

std::optional<int> version(const Call& call, PGconn* pg) {
    const PgResult there = run(call, pg, "select to_regclass('crex.version') is not null");
    if (PQgetvalue(there.get(), 0, 0)[0] != 't') {
        return std::nullopt;
    }
    const PgResult number = run(call, pg, "select number from crex.version");
    return std::stoi(PQgetvalue(number.get(), 0, 0));
}

} // namespace

std::optional<int> find_postgres_schema(std::string_view parameters) {
    const detail::CancellationHeld held;
    const Call call{"find_postgres_schema", "", false};
    return version(call, connected(call, parameters).get());
}

void create_postgres_schema(std::string_view parameters) {
    const detail::CancellationHeld held;
    const Call call{"create_postgres_schema", "", false};
    const auto pg = connected(call, parameters);
    if (version(call, pg.get())) {
        detail::throw_errno(call, EEXIST, "the database has a schema of crex already");
    }
    (void)run(call, pg.get(), "begin");
    for (const char* const part : detail::postgres::schema) {
        (void)run(call, pg.get(), part);
    }
    (void)run(call, pg.get(), "commit");
}

// All steps or none; the lock keeps out another upgrade, and sessions that begin.
int upgrade_postgres_schema(std::string_view parameters) {
    const detail::CancellationHeld held;
    const Call call{"upgrade_postgres_schema", "", false};
    const auto pg = connected(call, parameters);
    const std::optional<int> before = version(call, pg.get());
    if (!before) {
        detail::throw_errno(call, ENOENT, "the database has no schema of crex");
    }
    if (*before < 1 || *before > postgres_schema_version) {
        detail::throw_limit(call, ENOTSUP,
                            "the database has version " + std::to_string(*before) +
                                " of the schema; this crex knows versions 1 to " +
                                std::to_string(postgres_schema_version));
    }
    (void)run(call, pg.get(), "begin; lock table crex.version in access exclusive mode");
    const auto steps = detail::postgres::upgrades.subspan(
        static_cast<std::size_t>(version(call, pg.get()).value_or(1) - 1));
    for (const char* const step : steps) {
        (void)run(call, pg.get(), step);
    }
    (void)run(
        call, pg.get(),
        ("update crex.version set number = " + std::to_string(postgres_schema_version) + "; commit")
            .c_str());
    return *before;
}

} // namespace crex
