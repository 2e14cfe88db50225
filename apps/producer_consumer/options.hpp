// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "producer_consumer/buffer.hpp"
#include "producer_consumer/method.hpp"

namespace demo {

struct Options {
    std::vector<Method> methods;
    std::uint64_t items = 0;
    Size size; // its capacity as given, or
    bool usual_capacity = true;
    std::optional<std::chrono::nanoseconds> kill_every;
    bool quiet = false;

    // How much lies in the buffer at most.
    [[nodiscard]] Size size_for(const Method& method) const;
};

// What the command line says; nothing when it asked for help, which has been given. Throws
// UsageError when it makes no sense.
std::optional<Options> options_from(int argc, char** argv);

} // namespace demo
