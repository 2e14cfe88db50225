// SPDX-License-Identifier: BSL-1.0
#include "postgres/failures.hpp"

#include <cerrno>

namespace crex::detail::postgres {
namespace {

constexpr std::string_view own_prefix = "CX"; // and an errno value, see sql/2_sessions.sql

} // namespace

bool may_be_repeated(const Answer& answer) {
    return answer.sqlstate() == "40P01" || answer.sqlstate() == "40001";
}

void throw_failure(const Call& call, const Answer& answer) {
    const std::string& state = answer.sqlstate();
    if (state.starts_with(own_prefix)) {
        const int error = std::stoi(state.substr(own_prefix.size()));
        if (error == EUSERS || error == EOVERFLOW) {
            throw_limit(call, error, answer.error());
        }
        throw_errno(call, error, answer.error());
    }
    const std::string cause = answer.error() + " (SQLSTATE " + state + ")";
    if (state == "42501") { // insufficient_privilege
        throw_errno(call, EACCES,
                    answer.error() + ": the role must be a member of crex_user (grant crex_user)");
    }
    if (state == "53100") { // disk_full
        throw_limit(call, ENOSPC, cause);
    }
    throw_limit(call, EPROTO, cause);
}

void throw_not_connected(const Call& call, const Connection::Failure& failure) {
    const std::string& state = failure.sqlstate;
    if (state.empty()) {
        throw_connection(call, ECONNREFUSED, failure.text, false);
    }
    if (state == "3F000" || state == "42883" || state == "42P01") { // no schema, function, table
        throw_limit(call, ENOTSUP,
                    "the database has no schema of crex: make it with `crex postgres init`");
    }
    if (state == "CX071" || state == "CX095" || state == "0A000") {
        throw_limit(call, ENOTSUP, failure.text);
    }
    if (state == "42501") {
        throw_errno(call, EACCES,
                    failure.text + ": the role must be a member of crex_user (grant crex_user)");
    }
    throw_connection(call, ECONNREFUSED, failure.text + " (SQLSTATE " + state + ")", false);
}

} // namespace crex::detail::postgres
