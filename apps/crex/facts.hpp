// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ostream>

#include <crex/inventory.hpp>

#include "table.hpp"

namespace cli {

// All columns that have something to say of the object, a line for each, and then its users.
void print_facts(std::ostream& out, const crex::Object& object, TableLook look = {});

// Pid, user, how, since when, command line.
Table table_of(const std::vector<crex::ObjectUser>& users);

} // namespace cli
