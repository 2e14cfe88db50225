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

    // The size of the buffer for that method.
    [[nodiscard]] Size size_for(const Method& method) const;
};

// The options of the command line; nothing when help was asked for, which has been printed. Throws
// UsageError when they are invalid.
std::optional<Options> options_from(int argc, char** argv);

} // namespace demo
