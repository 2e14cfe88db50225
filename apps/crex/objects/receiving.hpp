// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "invocation.hpp"

namespace cli {

// The values of --count, --follow and --drain.
struct HowMany {
    std::uint64_t left;
    bool no_end;             // the end of the queue is no error
    bool only_what_is_there; // do not wait
};

// Throws UsageError when the options contradict each other.
HowMany how_many(const Invocation& given);

} // namespace cli
