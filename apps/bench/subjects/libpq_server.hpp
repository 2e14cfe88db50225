// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>
#include <poll.h>

#include "subjects/crex_server.hpp"

namespace bench {

// The statements that crex sends, by libpq alone: no thread, no repetition, no heartbeat. With
// `together`, a call and the synced commit after it, if crex has one there, are sent at once; else
// each call is a synced commit itself.
template <bool together> class LibpqServer : public Properties {
public:
    static void create(const std::string& object) { CrexServer::create(object); }
    static void remove(const std::string& object) noexcept { CrexServer::remove(object); }

    explicit LibpqServer(const std::string& object)
        : pg_{PQconnectdb(server_parameters().c_str())} {
        run(together ? "set synchronous_commit = off" : "set synchronous_commit = on");
        run("set jit = off");
        session_ =
            run("select session from crex.hello(" + std::to_string(crex::postgres_schema_version) +
                ", 0, 'bench', pg_backend_pid())");
        run("listen crex_" + session_);
        queue_ = run("select handle from crex.queue_open('" + object + "', " + session_ +
                     ", true, true)");
        semaphore_ =
            run("select handle from crex.semaphore_open('" + object + "', " + session_ + ")");
        sender_ = run("select gen_random_uuid()");
        for (const auto& [name, text] : statements) {
            check(PQprepare(pg_.get(), name, text, 0, nullptr));
        }
        if (PQenterPipelineMode(pg_.get()) != 1) {
            fail();
        }
    }

    void send(std::span<const std::span<const std::byte>> bodies) {
        write_array(bodies);
        const std::string sequence = std::to_string(++sequence_);
        const std::array<const char*, 4> values{queue_.c_str(), sender_.c_str(), sequence.c_str(),
                                                array_.data()};
        const std::array<int, 4> lengths{0, 0, 0, static_cast<int>(array_.size())};
        constexpr std::array<int, 4> formats{0, 0, 0, 1};
        (void)call("send", values, lengths.data(), formats.data());
    }
    void receive() {
        while (!call("take", std::array{queue_.c_str()})) {
            wait_for_notification();
        }
    }
    void acquire_permit() {
        while (!call("acquire", std::array{semaphore_.c_str()})) {
            wait_for_notification();
        }
    }
    void release_permit() { (void)call<false>("release", std::array{semaphore_.c_str()}); }

private:
    static constexpr std::array<std::array<const char*, 2>, 5> statements{
        {{"send", "select crex.send($1, $2, 0, $3, 0, $4, true, false)"},
         {"take", "select * from crex.take($1, 1, false, true, false)"},
         {"acquire", "select * from crex.acquire($1, true, false)"},
         {"release", "select crex.release($1, 1, 2147483647)"},
         {"sync", "select crex.sync()"}}};

    [[noreturn]] void fail() const { throw std::runtime_error{PQerrorMessage(pg_.get())}; }

    PGresult* check(PGresult* raw) {
        result_.reset(raw);
        const auto status = PQresultStatus(raw);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            fail();
        }
        return raw;
    }

    std::string run(const std::string& command) {
        PGresult* const result = check(PQexec(pg_.get(), command.c_str()));
        return PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    }

    // Whether it returned rows.
    template <bool with_sync = together>
    bool call(const char* name, std::span<const char* const> values, const int* lengths = nullptr,
              const int* formats = nullptr) {
        PGconn* const pg = pg_.get();
        const int count = static_cast<int>(values.size());
        bool is_sent =
            PQsendQueryPrepared(pg, name, count, values.data(), lengths, formats, 1) == 1 &&
            PQpipelineSync(pg) == 1;
        if (with_sync) {
            is_sent = is_sent &&
                      PQsendQueryPrepared(pg, "sync", 0, nullptr, nullptr, nullptr, 1) == 1 &&
                      PQpipelineSync(pg) == 1;
        }
        if (!is_sent || PQflush(pg) != 0) {
            fail();
        }
        const bool has_rows = take_result();
        if (with_sync) {
            (void)take_result();
        }
        return has_rows;
    }

    bool take_result() {
        const bool has_rows = PQntuples(check(PQgetResult(pg_.get()))) != 0;
        while (PQresultStatus((result_.reset(PQgetResult(pg_.get())), result_.get())) !=
               PGRES_PIPELINE_SYNC) {
        }
        return has_rows;
    }

    void wait_for_notification() {
        for (;;) {
            const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification{
                PQnotifies(pg_.get()), PQfreemem};
            if (notification) {
                return;
            }
            pollfd socket{PQsocket(pg_.get()), POLLIN, 0};
            poll(&socket, 1, 500);
            if (PQconsumeInput(pg_.get()) != 1) {
                fail();
            }
        }
    }

    // bytea[], in PostgreSQL's binary form.
    void write_array(std::span<const std::span<const std::byte>> bodies) {
        constexpr std::uint32_t type_bytea = 17;
        array_.clear();
        for (const std::uint32_t word :
             {1U, 0U, type_bytea, static_cast<std::uint32_t>(bodies.size()), 1U}) {
            put(word);
        }
        for (const auto body : bodies) {
            put(static_cast<std::uint32_t>(body.size()));
            array_.append(reinterpret_cast<const char*>(body.data()), body.size());
        }
    }
    void put(std::uint32_t word) {
        for (const int shift : {24, 16, 8, 0}) {
            array_.push_back(static_cast<char>(word >> shift & 0xff));
        }
    }

    struct Deleter {
        void operator()(PGconn* pg) const noexcept { PQfinish(pg); }
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };

    std::unique_ptr<PGconn, Deleter> pg_;
    std::unique_ptr<PGresult, Deleter> result_;
    std::string session_;
    std::string queue_;
    std::string semaphore_;
    std::string sender_;
    std::string array_;
    std::uint64_t sequence_ = 0;
};

} // namespace bench
