// SPDX-License-Identifier: BSL-1.0
#include "postgres/connection.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <poll.h>

namespace crex::detail::postgres {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// On one line.
std::string trimmed(const char* text) {
    std::string result;
    for (const char c : std::string_view{text != nullptr ? text : ""}) {
        const bool is_space = c == '\n' || c == '\t' || c == ' ';
        if (!is_space) {
            result += c;
        } else if (!result.empty() && result.back() != ' ') {
            result += ' ';
        }
    }
    if (!result.empty() && result.back() == ' ') {
        result.pop_back();
    }
    return result;
}

std::string field(const PGresult* result, int code) {
    const char* const text = PQresultErrorField(result, code);
    return text != nullptr ? text : "";
}

// Waits for events on the socket. False when the time is over or `wake` is readable.
bool wait_for(int socket, short events, Clock::time_point end, int wake) {
    std::array<pollfd, 2> sources{{{socket, events, 0}, {wake, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    return left > 0ms && poll(sources.data(), sources.size(), static_cast<int>(left.count())) > 0 &&
           (sources[1].revents & POLLIN) == 0;
}

std::string seconds(std::chrono::milliseconds time) {
    return std::to_string(std::max<std::int64_t>(1, (time.count() + 999) / 1000));
}

} // namespace

Connection::Connection(const Parameters& parameters, std::chrono::milliseconds limit,
                       std::chrono::milliseconds patience, int wake) {
    connect(parameters, Clock::now() + limit, wake);
    configure(patience);
    if (PQsetnonblocking(pg_.get(), 1) != 0 || PQenterPipelineMode(pg_.get()) != 1) {
        fail();
    }
}

void Connection::fail() const { throw Failure{{}, trimmed(PQerrorMessage(pg_.get()))}; }

void Connection::connect(const Parameters& parameters, Clock::time_point end, int wake) {
    pg_.reset(PQconnectStartParams(parameters.keywords().data(), parameters.values().data(), 0));
    if (!pg_) {
        throw Failure{{}, "out of memory"};
    }
    PQsetNoticeProcessor(
        pg_.get(), [](void*, const char*) {}, nullptr);
    short events = POLLOUT;
    while (PQstatus(pg_.get()) != CONNECTION_BAD) {
        if (!wait_for(PQsocket(pg_.get()), events, end, wake)) {
            throw Failure{{}, "the server did not answer in time"};
        }
        switch (PQconnectPoll(pg_.get())) {
        case PGRES_POLLING_OK:
            return;
        case PGRES_POLLING_READING:
            events = POLLIN;
            break;
        case PGRES_POLLING_WRITING:
            events = POLLOUT;
            break;
        default:
            fail();
        }
    }
    fail();
}

// The server ends a session whose client is out of reach after `patience`. On a socket of this
// machine these settings have no effect.
void Connection::configure(std::chrono::milliseconds patience) {
    run("set synchronous_commit = off; set jit = off; set statement_timeout = 0; "
        "set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; "
        "set idle_session_timeout = 0; set default_transaction_isolation = 'read committed'; "
        "set tcp_user_timeout = " +
        std::to_string(patience.count()) + "; set tcp_keepalives_idle = " + seconds(patience / 3) +
        "; set tcp_keepalives_interval = " + seconds(patience / 6) +
        "; set tcp_keepalives_count = 6");
}

void Connection::run(const std::string& command) {
    const PgResult result{PQexec(pg_.get(), command.c_str())};
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
        throw Failure{field(result.get(), PG_DIAG_SQLSTATE), trimmed(PQerrorMessage(pg_.get()))};
    }
}

bool Connection::send(const Statement& statement, const Arguments& arguments) {
    PGconn* const pg = pg_.get();
    const int count = arguments.count();
    if (!prepared_.contains(statement.name)) {
        if (PQsendPrepare(pg, statement.name, statement.text, count, nullptr) != 1) {
            return false;
        }
        prepared_.insert(statement.name);
    }
    return PQsendQueryPrepared(pg, statement.name, count, arguments.values().data(),
                               arguments.lengths(), arguments.formats().data(), 1) == 1 &&
           PQpipelineSync(pg) == 1;
}

Connection::Flushed Connection::flush() {
    const int result = PQflush(pg_.get());
    return result == 0 ? Flushed::all : result > 0 ? Flushed::not_yet : Flushed::failed;
}

bool Connection::read() { return PQconsumeInput(pg_.get()) == 1; }

bool Connection::next(Answer& answer) {
    bool was_end = false;
    while (PQstatus(pg_.get()) == CONNECTION_OK && PQisBusy(pg_.get()) == 0) {
        PgResult result{PQgetResult(pg_.get())};
        if (!result) { // the end of one statement, or of all
            if (was_end) {
                return false;
            }
            was_end = true;
            continue;
        }
        was_end = false;
        switch (PQresultStatus(result.get())) {
        case PGRES_PIPELINE_SYNC:
            answer = std::move(current_);
            current_ = Answer{};
            has_current_ = false;
            return true;
        case PGRES_TUPLES_OK:
            current_ = Answer{std::move(result)};
            has_current_ = true;
            break;
        case PGRES_FATAL_ERROR:
            if (!has_current_) {
                current_ = Answer{field(result.get(), PG_DIAG_SQLSTATE),
                                  field(result.get(), PG_DIAG_MESSAGE_PRIMARY)};
                has_current_ = true;
            }
            break;
        default: // a statement is prepared, or not run after an error
            break;
        }
    }
    return false;
}

bool Connection::next_notification(std::string& text) {
    const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification{PQnotifies(pg_.get()),
                                                                       PQfreemem};
    if (!notification) {
        return false;
    }
    text = notification->extra;
    return true;
}

std::string Connection::error() const { return trimmed(PQerrorMessage(pg_.get())); }

Answer Connection::perform(const Statement& statement, const Arguments& arguments,
                           std::chrono::milliseconds limit) {
    const auto end = Clock::now() + limit;
    Answer answer;
    if (!send(statement, arguments)) {
        fail();
    }
    while (!next(answer)) {
        const Flushed flushed = flush();
        const short events = flushed == Flushed::not_yet ? POLLIN | POLLOUT : POLLIN;
        if (flushed == Flushed::failed || PQstatus(pg_.get()) != CONNECTION_OK) {
            fail();
        }
        if (!wait_for(socket(), events, end, -1)) {
            throw Failure{{}, "the server did not answer in time"};
        }
        if (!read()) {
            fail();
        }
    }
    if (answer.is_error()) {
        throw Failure{answer.sqlstate(), answer.error()};
    }
    return answer;
}

} // namespace crex::detail::postgres
