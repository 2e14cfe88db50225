// SPDX-License-Identifier: BSL-1.0
#include "common/server.hpp"

#include <crex/postgres.hpp>

namespace demo {

crex::Server* server_of(const Parameters& parameters) {
    if (parameters.at.empty()) {
        return nullptr;
    }
    static crex::PostgresServer server{parameters.at};
    return &server;
}

} // namespace demo
