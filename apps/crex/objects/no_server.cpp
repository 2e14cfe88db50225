// SPDX-License-Identifier: BSL-1.0
#include "objects/server.hpp"

// A build without crex::postgres.

namespace cli {

crex::Server* connected(const std::string&) {
    throw Failure{os_error, "--at: this crex was built without libpq"};
}

} // namespace cli
