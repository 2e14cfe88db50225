// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "invocation.hpp"

// The database of the verbs that begin with "postgres".

namespace cli {

inline constexpr Option service_option{
    "service", "SERVICE",
    "the connection that PostgreSQL's service file calls so; else that of the environment (PGHOST, "
    "PGDATABASE, ...), as psql has it"};

// The parameters of its connection. The command line has no others, since other users see it.
inline std::string database_of(const Invocation& given) {
    const auto service = given.value("service");
    return service ? "service=" + *service : std::string{};
}

} // namespace cli
