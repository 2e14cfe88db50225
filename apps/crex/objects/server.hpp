// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/server.hpp>

#include "invocation.hpp"

// The server of --at, whose objects a verb uses.

namespace cli {

inline constexpr Option at_option{"at", "SERVER",
                                  "of the server that PostgreSQL's service file calls so: "
                                  "service=NAME"};

// Null without --at. Throws UsageError for anything but "service=NAME", since other users see the
// command line; Failure in a build without crex::postgres. The connection lasts as long as crex.
crex::Server* server_of(const Invocation& given);

// The parameters of a connection, with which server_of() is to connect.
crex::Server* connected(const std::string& parameters);

// "service=NAME" itself, or empty.
std::string parameters_of(const Invocation& given);

} // namespace cli
