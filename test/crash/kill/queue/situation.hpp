// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scenario.hpp"

// The parts of scenarios.

namespace crash {

using Possible = std::function<std::vector<Contents>(const Contents&)>;

/// The first of these, in order, may be there: none, one, ... or all.
Possible may_add(const Contents& added);

/// The first `count` messages may be gone: none, one, ... or all of them.
Possible may_take(std::size_t count);

/// Messages w1, w2, ...
Contents waiting(std::size_t count, unsigned priority = 0);

/// Messages of several priorities.
Contents mixed();

/// Store what they take in the actor. The loan contains `item`.
void borrow(Actor& actor, const Item& item); // a loan, with this written into it
void take_lease(Actor& actor);

} // namespace crash
