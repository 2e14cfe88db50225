// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "verb.hpp"

namespace cli {

// All of them, in the order in which --help lists them.
const std::vector<const Verb*>& verbs();

// Those that every verb knows besides its own.
const std::vector<Option>& common_options();

// The verb that a command line's words begin with, which is taken off them: "mq send" before "mq".
// Throws UsageError when there is none.
const Verb& take_verb(std::vector<std::string>& words);

} // namespace cli
