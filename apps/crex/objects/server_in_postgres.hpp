// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/postgres.hpp>

#include "invocation.hpp"
#include "text/json.hpp"

// What the verbs of a build with crex::postgres share.

namespace cli {

// The server of --at, with all that PostgreSQL tells.
crex::PostgresServer& postgres_server_of(const Invocation& given);

// The word of this machine's objects: "crex-mq" or "crex-sem".
std::string kind_of(const crex::PostgresObject& object);

// "0600"
std::string octal(unsigned mode);

Json json_of(const crex::PostgresObject& object);

} // namespace cli
