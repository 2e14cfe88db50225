// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <crex/inventory.hpp>

#include "metrics/exposition.hpp"

namespace cli {

// The families that have a series for each object. What an object does not have, or what is not
// known of it, has no sample.
void put_object_metrics(Exposition& out, const std::vector<const crex::Object*>& objects);

} // namespace cli
