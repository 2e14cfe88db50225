// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "producer_consumer/ledger.hpp"
#include "producer_consumer/options.hpp"
#include "producer_consumer/way.hpp"

namespace demo {

struct Result {
    Way way;
    Outcome outcome;
    unsigned kills = 0;
    double seconds = 0;
};

// Passes all items through a buffer of this kind. Throws when one of the processes fails, and
// Interrupted; nothing is left in either case.
Result run(const Way& way, const Options& options);

} // namespace demo
