// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <crex/inventory.hpp>
#include <crex/server.hpp>

#include "invocation.hpp"

// The server of --at, whose objects a verb uses.

namespace cli {

inline constexpr Option at_option{
    "at", "SERVER", "use what is kept in a PostgreSQL database: service=NAME of its service file"};

// Null without the option. Throws UsageError for anything but "service=NAME", since other users see
// the command line; Failure in a build without crex::postgres. The connection lasts as long as
// crex.
crex::Server* server_of(const Invocation& given, const std::string& option = "at");

// "service=NAME" itself, or empty.
std::string parameters_of(const Invocation& given, const std::string& option = "at");

// Throws UsageError when one of these options, which are for this machine, is given with --at.
void expect_none_of(const Invocation& given, const std::vector<const char*>& options);

// The rest is different in a build with and one without crex::postgres.

// The server of these parameters, to which this process connects once.
crex::Server* connected(const std::string& parameters);

// What is at the server of --at: for crex ls, show, who, top and doctor. A user is a handle there,
// and an object without handles is stale.
void print_objects_at_server(const Invocation& given);
void print_facts_at_server(const Invocation& given);
ExitStatus print_users_at_server(const Invocation& given);
crex::Inventory list_objects_at_server(const Invocation& given);
ExitStatus examine_server(const Invocation& given);

} // namespace cli
