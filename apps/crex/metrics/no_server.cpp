// SPDX-License-Identifier: BSL-1.0
#include "failure.hpp"
#include "metrics/server.hpp"

// For a build without Boost.Beast.

namespace cli {

void serve(const Listening& /*listening*/, const std::function<std::string()>& /*text*/) {
    throw Failure{os_error, "--listen: this crex was built without Boost.Beast, so it cannot serve "
                            "metrics; without --listen it prints them"};
}

} // namespace cli
