// SPDX-License-Identifier: BSL-1.0
#include "objects/server.hpp"

// A build without crex::postgres.

namespace cli {

namespace {

[[noreturn]] void throw_without_libpq() {
    throw Failure{os_error, "--at: this crex was built without libpq"};
}

} // namespace

crex::Server* connected(const std::string&) { throw_without_libpq(); }
void print_objects_at_server(const Invocation&) { throw_without_libpq(); }
void print_facts_at_server(const Invocation&) { throw_without_libpq(); }
ExitStatus print_users_at_server(const Invocation&) { throw_without_libpq(); }
crex::Inventory list_objects_at_server(const Invocation&) { throw_without_libpq(); }
ExitStatus examine_server(const Invocation&) { throw_without_libpq(); }

} // namespace cli
