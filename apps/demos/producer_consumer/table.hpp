// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>
#include <vector>

#include "producer_consumer/run.hpp"

namespace demo {

// One line for each result, below a line with the columns' names.
void print_table(std::ostream& out, const std::vector<Result>& results);

} // namespace demo
