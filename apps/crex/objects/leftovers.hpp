// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/inventory.hpp>

// Objects that no process uses any more, as crex gc and crex doctor find them.

namespace cli {

bool is_stale(const crex::Object& object);

// Stale and certainly crex's own: an object that proves to be robust, what lies beside one, and
// what is left of making a semaphore. It may have content, which plain crex gc spares.
bool is_left_over(const crex::Object& object);

// A file that a removal has moved aside, and neither removed nor put back.
bool is_set_aside(const crex::Object& object);

// The object's name before it was set aside; its name, if it was not set aside.
std::string name_before(const crex::Object& object);

} // namespace cli
