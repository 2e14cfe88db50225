// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "postgres/answer.hpp"

// The functions of the schema that crex calls (sql/).

namespace crex::detail::postgres {

// Whether a call has changed what must be on disk before it returns.
enum class Durability { none, if_rows, if_not_zero, always };

struct Statement {
    const char* name; // of the prepared statement
    const char* text;
    Durability durability = Durability::none;

    [[nodiscard]] bool must_be_synced(const Answer& answer) const {
        switch (durability) {
        case Durability::none:
            return false;
        case Durability::if_rows:
            return answer.rows() != 0;
        case Durability::if_not_zero:
            return answer.integer(0) != 0;
        case Durability::always:
            return true;
        }
        return true;
    }
};

namespace statements {

inline constexpr Statement hello{"hello", "select * from crex.hello($1, $2, $3, $4)"};
inline constexpr Statement goodbye{"goodbye", "select crex.goodbye($1, $2)"};
inline constexpr Statement heartbeat{"heartbeat", "select 1"};
inline constexpr Statement sync{"sync", "select crex.sync()"};

inline constexpr Statement objects{
    "objects",
    "select kind = 'queue', name, owner::text, mode, extract(epoch from created)::bigint, "
    "handles, ready, coalesce(used, 0), coalesce(most, 0), coalesce(sent, 0), "
    "coalesce(received, 0), waiters from crex.objects()"};
inline constexpr Statement users{
    "users", "select kind = 'queue', role::text, host, pid, handles, leases, permits, waits "
             "from crex.users($1)"};
inline constexpr Statement health{
    "health", "select server, schema, is_local, is_encrypted, sees_all, fsync, full_page_writes, "
              "autovacuum, standby_names, standbys, coalesce(transaction_seconds, 0), "
              "coalesce(transaction_of, ''), dead_rows, live_rows, connections, max_connections "
              "from crex.health()"};

inline constexpr Statement queue_open{"queue_open",
                                      "select * from crex.queue_open($1, $2, $3, $4)"};
inline constexpr Statement queue_create{
    "queue_create", "select * from crex.queue_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    Durability::if_rows};
inline constexpr Statement queue_attach{"queue_attach", "select crex.queue_attach($1, $2, $3, $4)"};
inline constexpr Statement queue_close{"queue_close", "select crex.queue_close($1)"};
inline constexpr Statement queue_unlink{"queue_unlink", "select crex.queue_unlink($1)",
                                        Durability::if_not_zero};
inline constexpr Statement queue_inspect{
    "queue_inspect", "select id, owner::int, mode, extract(epoch from created)::bigint from "
                     "crex.queue_inspect($1)"};
inline constexpr Statement queue_is_linked{"queue_is_linked", "select crex.queue_is_linked($1)"};
inline constexpr Statement queue_stats{"queue_stats", "select * from crex.queue_stats($1)"};
inline constexpr Statement queue_shut_down{"queue_shut_down", "select crex.queue_shut_down($1)",
                                           Durability::always};
inline constexpr Statement queue_peek{"queue_peek", "select * from crex.queue_peek($1)"};
inline constexpr Statement queue_leave{"queue_leave", "select crex.queue_leave($1, $2)"};
inline constexpr Statement queue_is_ready{"queue_is_ready", "select crex.queue_is_ready($1)"};
inline constexpr Statement notification_request{"notification_request",
                                                "select crex.notification_request($1, $2, $3)"};
inline constexpr Statement notification_is_pending{"notification_is_pending",
                                                   "select crex.notification_is_pending($1, $2)"};
inline constexpr Statement notification_cancel{"notification_cancel",
                                               "select crex.notification_cancel($1, $2)"};

inline constexpr Statement send{"send", "select crex.send($1, $2, $3, $4, $5, $6, $7, $8)",
                                Durability::if_not_zero};
inline constexpr Statement take{"take", "select * from crex.take($1, $2, false, $3, $4)",
                                Durability::if_rows};
// A lease's token, and a permit's, must grow over a crash of the server.
inline constexpr Statement lease{"lease", "select * from crex.take($1, 1, true, $2, $3)",
                                 Durability::if_rows};
inline constexpr Statement acknowledge{"acknowledge", "select crex.acknowledge($1, $2, $3)",
                                       Durability::always};
inline constexpr Statement nack{"nack", "select crex.nack($1, $2, $3, $4)"};
inline constexpr Statement acknowledged{"acknowledged", "select * from crex.acknowledged($1, $2)",
                                        Durability::always};

inline constexpr Statement semaphore_open{"semaphore_open",
                                          "select * from crex.semaphore_open($1, $2)"};
inline constexpr Statement semaphore_create{
    "semaphore_create", "select * from crex.semaphore_create($1, $2, $3, $4, $5, $6)",
    Durability::if_rows};
inline constexpr Statement semaphore_attach{"semaphore_attach",
                                            "select crex.semaphore_attach($1, $2)"};
inline constexpr Statement semaphore_close{"semaphore_close", "select crex.semaphore_close($1)"};
inline constexpr Statement semaphore_unlink{"semaphore_unlink", "select crex.semaphore_unlink($1)",
                                            Durability::if_not_zero};
inline constexpr Statement semaphore_inspect{
    "semaphore_inspect", "select id, owner::int, mode, extract(epoch from created)::bigint from "
                         "crex.semaphore_inspect($1)"};
inline constexpr Statement semaphore_is_linked{"semaphore_is_linked",
                                               "select crex.semaphore_is_linked($1)"};
inline constexpr Statement acquire{"acquire", "select * from crex.acquire($1, $2, $3)",
                                   Durability::if_rows};
inline constexpr Statement release{"release", "select crex.release($1, $2, $3)",
                                   Durability::always};
// Of permits that the handle holds: after a crash of the server they come back in any case.
inline constexpr Statement release_held{"release_held", release.text};
inline constexpr Statement semaphore_leave{"semaphore_leave", "select crex.semaphore_leave($1)"};
inline constexpr Statement semaphore_value{"semaphore_value",
                                           "select * from crex.semaphore_value($1, $2)"};
inline constexpr Statement semaphore_holders{"semaphore_holders",
                                             "select * from crex.semaphore_holders($1)"};
inline constexpr Statement semaphore_is_ready{"semaphore_is_ready",
                                              "select crex.semaphore_is_ready($1)"};

} // namespace statements

} // namespace crex::detail::postgres
