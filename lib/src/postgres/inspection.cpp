// SPDX-License-Identifier: BSL-1.0
#include "postgres/inspection.hpp"

#include <chrono>

#include "postgres/asking.hpp"

namespace crex::detail::postgres {
namespace {

// The columns of a row, one after the other.
class Row {
public:
    Row(const Answer& answer, int row) : answer_{answer}, row_{row} {}

    [[nodiscard]] std::string text() { return answer_.text(column_++, row_); }
    [[nodiscard]] bool flag() { return answer_.flag(column_++, row_); }
    [[nodiscard]] std::uint64_t number() {
        return static_cast<std::uint64_t>(answer_.integer(column_++, row_));
    }

private:
    const Answer& answer_;
    int row_;
    int column_ = 0;
};

} // namespace

// In a braced list, the columns are read from left to right.

std::vector<PostgresObject> list_objects(Session& session) {
    const Call call{"PostgresServer::list_objects", "", false};
    const Answer answer =
        ask(session, call, statements::objects, [](std::uint64_t) { return Arguments{}; });
    std::vector<PostgresObject> result;
    for (int i = 0; i < answer.rows(); ++i) {
        Row row{answer, i};
        result.push_back(
            {.is_queue = row.flag(),
             .name = row.text(),
             .owner = row.text(),
             .mode = static_cast<unsigned>(row.number()),
             .created = std::chrono::system_clock::time_point{std::chrono::seconds{row.number()}},
             .handles = row.number(),
             .ready = row.number(),
             .messages = row.number(),
             .max_messages = row.number(),
             .sent = row.number(),
             .received = row.number(),
             .waiters = row.number()});
    }
    return result;
}

std::vector<PostgresUser> list_users(Session& session, std::string_view name) {
    const Call call{"PostgresServer::list_users", name, false};
    const Answer answer =
        ask(session, call, statements::users, [&](std::uint64_t) { return Arguments{name}; });
    std::vector<PostgresUser> result;
    for (int i = 0; i < answer.rows(); ++i) {
        Row row{answer, i};
        result.push_back({.of_queue = row.flag(),
                          .role = row.text(),
                          .host = row.text(),
                          .pid = static_cast<int>(row.number()),
                          .handles = row.number(),
                          .leases = row.number(),
                          .permits = row.number(),
                          .waits = row.flag()});
    }
    return result;
}

PostgresHealth inspect_health(Session& session) {
    const Call call{"PostgresServer::health", "", false};
    const Answer answer =
        ask(session, call, statements::health, [](std::uint64_t) { return Arguments{}; });
    Row row{answer, 0};
    return {.server_version = row.text(),
            .schema_version = static_cast<int>(row.number()),
            .is_local = row.flag(),
            .is_encrypted = row.flag(),
            .sees_all = row.flag(),
            .fsync = row.flag(),
            .full_page_writes = row.flag(),
            .autovacuum = row.flag(),
            .synchronous_standby_names = row.text(),
            .synchronous_standbys = row.number(),
            .oldest_transaction = std::chrono::seconds{row.number()},
            .oldest_transaction_of = row.text(),
            .dead_rows = row.number(),
            .live_rows = row.number(),
            .connections = row.number(),
            .max_connections = row.number()};
}

} // namespace crex::detail::postgres
