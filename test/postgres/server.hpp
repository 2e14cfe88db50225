// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/server.hpp>

namespace test {

/// The server that the test run has started (server.sh), which all objects of this process share;
/// null when there is none. A forked child of the first caller has a connection of its own.
crex::Server* postgres_server();

} // namespace test
