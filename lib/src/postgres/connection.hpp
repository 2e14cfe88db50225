// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>

#include <libpq-fe.h>

#include "postgres/answer.hpp"
#include "postgres/arguments.hpp"
#include "postgres/parameters.hpp"
#include "postgres/statement.hpp"

namespace crex::detail::postgres {

// A connection of libpq in pipeline mode, for one thread.
class Connection {
public:
    // Why there is no connection.
    struct Failure {
        std::string sqlstate; // empty when the server did not answer
        std::string text;
    };

    // Connects and configures the session, for up to `limit`. Throws Failure. `wake` is a
    // descriptor that ends the attempt by becoming readable.
    Connection(const Parameters& parameters, std::chrono::milliseconds limit,
               std::chrono::milliseconds patience, int wake);

    [[nodiscard]] int socket() const { return PQsocket(pg_.get()); }
    [[nodiscard]] int process_at_server() const { return PQbackendPID(pg_.get()); }

    // Queues a call, as a transaction of its own. False when the connection is lost.
    [[nodiscard]] bool send(const Statement& statement, const Arguments& arguments);

    enum class Flushed { all, not_yet, failed };
    [[nodiscard]] Flushed flush();

    // Reads what has come. False when the connection is lost.
    [[nodiscard]] bool read();

    // The next call that is complete, in the order of send(). False when there is none yet.
    [[nodiscard]] bool next(Answer& answer);

    // The next notification, for this session: its text. False when there is none.
    [[nodiscard]] bool next_notification(std::string& text);

    [[nodiscard]] std::string error() const;

    // Runs one statement and waits for its answer, before anything was sent.
    Answer perform(const Statement& statement, const Arguments& arguments,
                   std::chrono::milliseconds limit);

private:
    struct Deleter {
        void operator()(PGconn* pg) const noexcept { PQfinish(pg); }
    };

    void connect(const Parameters& parameters, std::chrono::steady_clock::time_point end, int wake);
    void configure(std::chrono::milliseconds patience);
    void run(const std::string& command);
    [[noreturn]] void fail() const;

    std::unique_ptr<PGconn, Deleter> pg_;
    std::set<std::string, std::less<>> prepared_;
    Answer current_; // of the call whose results come now
    bool has_current_ = false;
};

} // namespace crex::detail::postgres
