// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/server.hpp>

#include "invocation.hpp"

// The server of --at, whose objects a verb uses.

namespace cli {

inline constexpr Option at_option{
    "at", "SERVER", "use what is kept in a PostgreSQL database: service=NAME of its service file"};

// Null without --at. Throws UsageError for anything but "service=NAME", since other users see the
// command line; Failure in a build without crex::postgres. The connection lasts as long as crex.
crex::Server* server_of(const Invocation& given);

// The parameters of a connection, with which server_of() is to connect.
crex::Server* connected(const std::string& parameters);

// Writes the objects at the server of --at, for crex ls.
void print_objects_at_server(const Invocation& given);

// "service=NAME" itself, or empty.
std::string parameters_of(const Invocation& given);

} // namespace cli
