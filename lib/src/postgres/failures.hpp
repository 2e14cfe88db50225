// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "common/errors.hpp"
#include "postgres/answer.hpp"
#include "postgres/connection.hpp"

// What the server, or libpq, reports as an error, as crex's exceptions.

namespace crex::detail::postgres {

// Whether the same call may succeed if it is repeated: it was in the way of another one.
[[nodiscard]] bool may_be_repeated(const Answer& answer);

// Throws why a call had no result.
[[noreturn]] void throw_failure(const Call& call, const Answer& answer);

// Throws why there is no session.
[[noreturn]] void throw_not_connected(const Call& call, const Connection::Failure& failure);

} // namespace crex::detail::postgres
