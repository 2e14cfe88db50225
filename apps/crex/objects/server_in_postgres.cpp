// SPDX-License-Identifier: BSL-1.0
#include "objects/server.hpp"

#include <crex/postgres.hpp>

// A build with crex::postgres.

namespace cli {

crex::Server* connected(const std::string& parameters) {
    static crex::PostgresServer server{parameters};
    return &server;
}

} // namespace cli
