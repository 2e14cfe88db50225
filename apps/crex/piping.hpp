// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <crex/ring.hpp>

#include "invocation.hpp"

// What both ends of a ring have in common. Both may be killed at any time, so signals are left to
// do that.

namespace cli {

// The one named, made if it is not there and --create is given.
crex::Ring open_ring(const Invocation& given);
std::vector<Option> ring_options();

} // namespace cli
