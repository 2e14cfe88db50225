// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <crex/ring.hpp>

#include "invocation.hpp"

// What both ends of a ring share. Either end may be killed at any time, so signals simply kill it.

namespace cli {

// Opens the ring of that name; makes it if it is missing and --create is given.
crex::Ring open_ring(const Invocation& given);
std::vector<Option> ring_options();

} // namespace cli
