// SPDX-License-Identifier: BSL-1.0
#include "common/errors.hpp"
#include "common/server.hpp"

// A build without crex::postgres.

namespace demo {

crex::Server* server_of(const Parameters& parameters) {
    if (!parameters.at.empty()) {
        throw UsageError{"--at: this program was built without libpq"};
    }
    return nullptr;
}

} // namespace demo
