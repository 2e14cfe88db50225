// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scenario.hpp"

// What scenarios are made of.

namespace crash {

using Possible = std::function<std::vector<Contents>(const Contents&)>;

/// The first of these, in order, may be there: none, one ... or all.
Possible may_add(const Contents& added);

/// So many of the first may be gone: none, one ... or all.
Possible may_take(std::size_t count);

/// w1, w2 ...
Contents waiting(std::size_t count, unsigned priority = 0);

/// Of several priorities.
Contents mixed();

/// Both end up in the actor.
void borrow(Actor& actor, const Item& item); // a loan, with this written into it
void take_lease(Actor& actor);

} // namespace crash
