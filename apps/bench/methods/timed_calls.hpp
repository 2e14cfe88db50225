// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "harness/clock.hpp"

namespace bench {

// Makes calls for so many seconds and returns the ns that each of them took, with one reading of
// the clock, some 20 ns.
template <class Call> std::vector<std::uint32_t> timed_calls(double seconds, Call call) {
    std::vector<std::uint32_t> took;
    took.reserve(static_cast<std::size_t>(seconds * 1e7)); // more than any subject needs
    std::int64_t before = now_ns();
    const std::int64_t end = before + static_cast<std::int64_t>(seconds * ns_per_s);
    while (before < end && took.size() < took.capacity()) {
        call();
        const std::int64_t after = now_ns();
        constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
        took.push_back(static_cast<std::uint32_t>(std::min(after - before, most)));
        before = after;
    }
    return took;
}

} // namespace bench
