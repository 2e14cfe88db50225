// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "text/json.hpp"
#include "text/table.hpp"

// The details of System V's objects, as ipcs -i and lsipc show them: creator, last users, times,
// and each semaphore of a set.

namespace cli {

// Null for any other object, and for one that has gone. Numbers and seconds since 1970; null for
// what has not happened yet, or what this user may not see.
Json sysv_details(const crex::Object& object);

// The details in words, line by line, and a table of the semaphores, which may be empty.
std::vector<std::pair<std::string, std::string>> sysv_facts(const Json& details);
Table sysv_semaphores(const Json& details);

} // namespace cli
