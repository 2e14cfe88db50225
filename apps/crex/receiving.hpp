// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "invocation.hpp"

namespace cli {

// What --count, --follow and --drain say.
struct HowMany {
    std::uint64_t left;
    bool no_end;             // the queue's end is no error
    bool only_what_is_there; // do not wait
};

// Throws UsageError when they contradict each other.
HowMany how_many(const Invocation& given);

} // namespace cli
