// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crex/export.hpp>
#include <crex/server.hpp>

// Queues and semaphores in a PostgreSQL database (15 or later): target crex::postgres, with libpq.
// The database needs the schema that `crex postgres init` makes, and the role of the program must
// be a member of crex_user:
//
//     crex::PostgresServer server{"service=jobs"};
//     crex::MessageQueue jobs{"/jobs", crex::o_creat, {.max_messages = 1000, .at = &server}};
//
// What a program can rely on is as on this machine (Backend::robust, RobustSemaphore), with these
// differences.
//
// Sending: when send() returned, the message is on the server's disk, and on those of its
// synchronous standbys, once. If the connection breaks inside send(), the call connects again,
// repeats itself under the same number and is recognised. Only if the timeout passes before the
// answer is known, it throws ConnectionError, whose may_have_happened() says whether the message
// may have been sent.
//
// Receiving: a message is out of the queue, after a crash of the server too, when receive() or
// ack() returned. A receive() whose connection breaks inside the call may have taken a message that
// is lost then: it throws ConnectionError with may_have_happened(). Where that matters, use
// lease(): an unacknowledged message comes back.
//
// Leases and permits: they are the process's until it gives them back, dies, or loses the
// connection, which it notices at the latest when the server has not answered for two thirds of
// `patience`. Then each call on them throws LeaseLostError. If the machine is cut off, the server
// waits for all of `patience` before another process gets them. So no two processes have them at
// once, provided that this machine's clock and scheduler run, and that nothing in between resets
// the connection, of which the server may learn first; a resource that must never be touched by two
// has to check token(). A process that is stopped (SIGSTOP) keeps them, as on one machine. What a
// process held that died comes back within 0.5 s while a thread waits for it.
//
// Time: a timeout may be exceeded by one round trip to the server, or by two thirds of `patience`
// if it does not answer. While there is no connection, a call that takes a timeout waits for one as
// that allows, and another call for `patience`. Waiting threads are notified, and look every 0.5 s.
//
// Notification: by a call, and one request for each queue and server object. A receiver that waits
// and is stopped still counts as waiting. After a lost connection, a message that was there before
// may be notified.
//
// Names: unlink() ends the object for all its handles, whose calls throw ExistentialError.
//
// Rights: with mode 0600 the role that created the object may use it, with 0660 the members of that
// role, with 0666 all members of crex_user; other modes are std::invalid_argument. So are `owner`,
// `group`, `any_owner`, `sparse` and `spin` other than by default, and a message size above 256
// MiB.
//
// Error (ENOTSUP): loan(), repair(), permit_fd(), a notification by a signal.

namespace crex {

/// How a PostgresServer behaves.
struct PostgresOptions {
    /// How long a silent connection counts as alive: 1 s to 10 min.
    std::chrono::milliseconds patience = std::chrono::seconds{10};
};

/// A queue or semaphore in a database.
struct PostgresObject {
    bool is_queue = false; ///< else it is a semaphore
    std::string name;      ///< with its slash
    std::string owner;     ///< the role that created it
    unsigned mode = 0;
    std::chrono::system_clock::time_point created;
    std::uint64_t handles = 0;      ///< open now, in all processes; those of the dead until noticed
    std::uint64_t ready = 0;        ///< messages that are not leased; of a semaphore, free permits
    std::uint64_t messages = 0;     ///< leased ones included
    std::uint64_t max_messages = 0; ///< 0 for a semaphore
    std::uint64_t sent = 0;         ///< messages, since the queue was created; 0 for a semaphore
    std::uint64_t received = 0;     ///< taken, or acknowledged; 0 for a semaphore
    std::uint64_t waiters = 0;      ///< handles in whose processes threads wait
};

/// A process that has an object open, on any machine.
struct PostgresUser {
    bool of_queue = false; ///< else of the semaphore of that name
    std::string role;
    std::string host; ///< as gethostname(2) says there
    int pid = 0;      ///< there
    std::uint64_t handles = 0;
    std::uint64_t leases = 0;
    std::uint64_t permits = 0;
    bool waits = false;
};

/// The state of a server, as far as it matters to queues.
struct PostgresHealth {
    std::string server_version; ///< such as "15.8"
    int schema_version = 0;     ///< of crex's schema
    bool is_local = false;      ///< the server is on the same machine
    bool is_encrypted = false;
    /// False when the role that made the schema may not see what other roles do
    /// (pg_read_all_stats): then standbys and transactions may be missing below.
    bool sees_all = false;
    bool fsync = false;
    bool full_page_writes = false;
    bool autovacuum = false;
    std::string synchronous_standby_names;  ///< empty: send() does not wait for any
    std::uint64_t synchronous_standbys = 0; ///< connected now
    /// Of this database; 0 and empty if there is none. Rows that were deleted since it began cannot
    /// be removed.
    std::chrono::seconds oldest_transaction{};
    std::string oldest_transaction_of;
    std::uint64_t dead_rows = 0; ///< of crex's tables, about
    std::uint64_t live_rows = 0;
    std::uint64_t connections = 0; ///< of all programs
    std::uint64_t max_connections = 0;
};

/// A database with crex's schema, and this process's connection to it.
class CREX_EXPORT PostgresServer final : public Server {
public:
    /// Connects as psql does: `parameters` is a connection string of libpq, such as "service=jobs"
    /// or "host=db1,db2 dbname=jobs"; what it does not say comes from the environment (PGSERVICE,
    /// PGHOST, ...). Unless it says otherwise, the server's certificate is checked (sslmode
    /// verify-full) if the server is on another machine.
    ///
    /// Throws ConnectionError when the server cannot be reached; PermissionsError when it refuses
    /// the role; Error (ENOTSUP) when the database has no schema of crex, or one of another
    /// version, or when a pooler such as PgBouncer is in between;
    /// std::invalid_argument for bad parameters, a password in them (use ~/.pgpass or a service
    /// file), and a bad `patience`.
    explicit PostgresServer(std::string_view parameters = {}, const PostgresOptions& options = {});

    /// The handles that were opened with it must be gone.
    ~PostgresServer() override;

    /// See Server::connected().
    [[nodiscard]] bool connected() const noexcept override;
    /// See Server::on_loss().
    void on_loss(std::function<void()> function) override;
    /// Returns the service, or else the database and its host.
    [[nodiscard]] std::string description() const override;

    /// Returns the objects that the role may use, queues first, by name. Throws ConnectionError
    /// when there is no connection for `patience`.
    [[nodiscard]] std::vector<PostgresObject> list_objects() const;

    /// Returns the living processes that have an object of that name open (with its slash), as far
    /// as the role may use it. Throws as list_objects() does.
    [[nodiscard]] std::vector<PostgresUser> list_users(std::string_view name) const;

    /// Throws as list_objects() does.
    [[nodiscard]] PostgresHealth health() const;

private:
    std::unique_ptr<detail::Queue> open_queue(const detail::Call& call,
                                              const MessageQueueOptions& options) override;
    std::unique_ptr<detail::Queue> create_queue(const detail::Call& call,
                                                const MessageQueueOptions& options) override;
    void unlink_queue(const detail::Call& call) override;
    std::optional<ObjectInfo> inspect_queue(const detail::Call& call) override;
    std::unique_ptr<detail::RemoteSemaphore>
    open_semaphore(const detail::Call& call, const RobustSemaphoreOptions& options) override;
    std::unique_ptr<detail::RemoteSemaphore>
    create_semaphore(const detail::Call& call, const RobustSemaphoreOptions& options) override;
    void unlink_semaphore(const detail::Call& call) override;
    std::optional<ObjectInfo> inspect_semaphore(const detail::Call& call) override;

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The version of crex's schema that this library needs, and the one that the database has;
/// std::nullopt when it has none.
inline constexpr int postgres_schema_version = 1;
[[nodiscard]] CREX_EXPORT std::optional<int> find_postgres_schema(std::string_view parameters);

/// Makes the schema in a database that has none, as a role that may create schemas and roles.
/// Throws ExistentialError when there is one, else as the constructor of PostgresServer.
CREX_EXPORT void create_postgres_schema(std::string_view parameters);

/// Brings the schema to postgres_schema_version, all of it or nothing, as the role that made it.
/// Returns the version that it had. Programs with an older crex that are connected may go on; they
/// cannot connect again. Throws ExistentialError when there is no schema; Error (ENOTSUP) when its
/// version is newer than this library's; else as the constructor of PostgresServer.
CREX_EXPORT int upgrade_postgres_schema(std::string_view parameters);

} // namespace crex
