// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/inventory.hpp>

// What nobody uses any more, as crex gc and crex doctor see it.

namespace cli {

bool is_stale(const crex::Object& object);

// Stale and certainly crex's own: what proves to be a robust object, what lies beside one, and what
// is left of making a semaphore. It may have content, which plain crex gc spares.
bool is_left_over(const crex::Object& object);

// A file that somebody who was removing it has moved aside, and neither removed nor put back.
bool is_set_aside(const crex::Object& object);

// What the object was called before it was set aside; its name, if it was not.
std::string name_before(const crex::Object& object);

} // namespace cli
