// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <libpq-fe.h>

namespace crex::detail::postgres {

struct PgResultDeleter {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, PgResultDeleter>;

// What has become of a call.
enum class Fate {
    answered,
    not_begun, // the connection was lost before the call was sent
    unknown,   // the connection was lost before its answer came
};

// The rows that a call returns, in binary form, or its error.
class Answer {
public:
    Answer() = default;
    explicit Answer(Fate fate, std::string why = {}) : fate_{fate}, error_{std::move(why)} {}
    explicit Answer(PgResult rows) : rows_{std::move(rows)} {}
    Answer(std::string sqlstate, std::string error)
        : sqlstate_{std::move(sqlstate)}, error_{std::move(error)} {}

    [[nodiscard]] Fate fate() const { return fate_; }
    [[nodiscard]] bool is_error() const { return !sqlstate_.empty(); }
    [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }
    [[nodiscard]] const std::string& error() const { return error_; }

    [[nodiscard]] int rows() const { return rows_ ? PQntuples(rows_.get()) : 0; }
    [[nodiscard]] std::int64_t integer(int column, int row = 0) const {
        std::uint64_t value = 0;
        for (const std::byte byte : bytes(column, row)) {
            value = value << 8 | std::to_integer<std::uint64_t>(byte);
        }
        return PQgetlength(rows_.get(), row, column) == 4
                   ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                   : static_cast<std::int64_t>(value);
    }
    [[nodiscard]] bool flag(int column, int row = 0) const { return integer(column, row) != 0; }
    [[nodiscard]] std::span<const std::byte> bytes(int column, int row = 0) const {
        return std::as_bytes(
            std::span{PQgetvalue(rows_.get(), row, column),
                      static_cast<std::size_t>(PQgetlength(rows_.get(), row, column))});
    }
    [[nodiscard]] std::string text(int column, int row = 0) const {
        const auto its = bytes(column, row);
        return {reinterpret_cast<const char*>(its.data()), its.size()};
    }

private:
    Fate fate_ = Fate::answered;
    PgResult rows_;
    std::string sqlstate_; // empty without an error
    std::string error_;
};

} // namespace crex::detail::postgres
