// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <crex/inventory.hpp>

#include "table.hpp"

namespace cli {

// Pid, user, how, since when, command line.
Table table_of(const std::vector<crex::ObjectUser>& users);

} // namespace cli
