// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "producer_consumer/ledger.hpp"
#include "producer_consumer/method.hpp"
#include "producer_consumer/options.hpp"

namespace demo {

struct Result {
    Method method;
    Outcome outcome;
    unsigned kills = 0;
    double seconds = 0;
};

// Passes all items through a buffer of this kind. Throws when one of the processes fails, and
// Interrupted; nothing is left behind in either case.
Result run(const Method& method, const Options& options);

} // namespace demo
