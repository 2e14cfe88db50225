// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/server.hpp>

#include "common/parameters.hpp"

namespace demo {

// The server of --at, to which this process connects once, for as long as it runs. Null without the
// option. Throws UsageError in a build without crex::postgres.
crex::Server* server_of(const Parameters& parameters);

} // namespace demo
