// SPDX-License-Identifier: BSL-1.0
#include "objects/receiving.hpp"

#include <limits>

namespace cli {

HowMany how_many(const Invocation& given) {
    const bool no_end = given.has("follow") || given.has("drain");
    if ((given.has("follow") && given.has("drain")) || (no_end && given.has("count"))) {
        throw UsageError{"one of --count, --follow and --drain"};
    }
    const unsigned long count = given.number("count").value_or(1);
    return {no_end ? std::numeric_limits<std::uint64_t>::max() : count, no_end, given.has("drain")};
}

} // namespace cli
