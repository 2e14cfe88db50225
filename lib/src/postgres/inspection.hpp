// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>
#include <vector>

#include <crex/postgres.hpp>

#include "postgres/session.hpp"

// What PostgresServer tells of the server and of what it keeps.

namespace crex::detail::postgres {

[[nodiscard]] std::vector<PostgresObject> list_objects(Session& session);
[[nodiscard]] std::vector<PostgresUser> list_users(Session& session, std::string_view name);
[[nodiscard]] PostgresHealth inspect_health(Session& session);

} // namespace crex::detail::postgres
