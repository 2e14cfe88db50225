// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "inventory/families.hpp"

// What an object's bytes say. They are read with pread(2) and believed as little as those of an
// enemy: a file that is cut short meanwhile gives fewer bytes and not a signal.

namespace crex::detail {

// Adds what is in the file of that name, if it still is the one that was described. Tells queues of
// Boost's from other memory.
void read_contents(FoundObject& found, int directory, const std::string& file);

// The same for an open robust object: also who takes part in it.
void read_robust(FoundObject& found, int fd);

} // namespace crex::detail
