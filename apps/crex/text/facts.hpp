// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ostream>

#include <crex/inventory.hpp>

#include "text/table.hpp"

namespace cli {

// Prints all columns that have a value for the object, a line for each, and then its users.
void print_facts(std::ostream& out, const crex::Object& object, TableLook look = {});

// Process id, user, kind of use, start, command line.
Table table_of(const std::vector<crex::ObjectUser>& users);

} // namespace cli
