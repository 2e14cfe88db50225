// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/inventory.hpp>

namespace cli {

// Throws Failure with the reason when the object was not removed.
void expect_removed(const crex::Object& object, crex::Removal removal);

} // namespace cli
