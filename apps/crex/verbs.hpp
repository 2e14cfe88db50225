// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "verb.hpp"

namespace cli {

// All verbs, in the order in which --help lists them.
const std::vector<const Verb*>& verbs();

// Of these, those for a PostgreSQL database: none in a build without crex::postgres.
const std::vector<const Verb*>& postgres_verbs();

// The options that every verb has besides its own.
const std::vector<Option>& common_options();

// The verb that a command line's words begin with; it is removed from them: "mq send" before "mq".
// Throws UsageError when there is none.
const Verb& take_verb(std::vector<std::string>& words);

} // namespace cli
