// SPDX-License-Identifier: BSL-1.0
#include "postgres/server.hpp"

#include <cstdlib>
#include <memory>

#include <unistd.h>

#include <crex/postgres.hpp>

namespace test {

// Never destroyed, except by the end of the process: handles in static objects may be later.
crex::Server* postgres_server() {
    static crex::PostgresServer* server = nullptr;
    static pid_t owner = 0;
    const char* const parameters = std::getenv("CREX_TEST_POSTGRES");
    if (parameters == nullptr) {
        return nullptr;
    }
    if (owner != getpid()) {
        server = new crex::PostgresServer{parameters};
        owner = getpid();
    }
    return server;
}

} // namespace test
