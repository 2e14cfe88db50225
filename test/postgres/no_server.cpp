// SPDX-License-Identifier: BSL-1.0
#include "postgres/server.hpp"

namespace test {

// Without libpq.
crex::Server* postgres_server() { return nullptr; }

} // namespace test
