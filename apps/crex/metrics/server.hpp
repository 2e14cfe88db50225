// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>

namespace cli {

struct Listening {
    std::string address;       // "127.0.0.1:9464" or "[::1]:9464"; port 0 is any free one
    bool allow_remote = false; // also an address that other machines can reach
};

// Serves the text by HTTP, as /metrics, until a signal ends the process. Prints the URL to standard
// output once clients can connect. A client that is slow keeps no other one waiting.
//
// Throws UsageError for a wrong address, Failure when it cannot listen there.
[[noreturn]] void serve(const Listening& listening, const std::function<std::string()>& text);

} // namespace cli
