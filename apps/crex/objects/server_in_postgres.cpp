// SPDX-License-Identifier: BSL-1.0
#include "objects/server_in_postgres.hpp"

#include <map>
#include <memory>

#include "objects/server.hpp"

// A build with crex::postgres: the connections.

namespace cli {

namespace {

crex::PostgresServer& connected_to(const std::string& parameters) {
    static std::map<std::string, std::unique_ptr<crex::PostgresServer>> all;
    auto& server = all[parameters];
    if (!server) {
        server = std::make_unique<crex::PostgresServer>(parameters);
    }
    return *server;
}

} // namespace

crex::Server* connected(const std::string& parameters) { return &connected_to(parameters); }

crex::PostgresServer& postgres_server_of(const Invocation& given) {
    return connected_to(parameters_of(given));
}

} // namespace cli
