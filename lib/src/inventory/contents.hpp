// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "inventory/families.hpp"

// What an object's bytes say. They are read with pread(2) and not trusted: a file that is cut short
// while it is read gives fewer bytes, and no signal.

namespace crex::detail {

// Adds what is in the file of that name, if it still is the file that was described. Tells Boost's
// queues from other memory.
void read_contents(FoundObject& found, int directory, const std::string& file);

// Adds what an open robust object's file says, and the object's participants.
void read_robust(FoundObject& found, int fd);

} // namespace crex::detail
