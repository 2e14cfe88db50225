// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace cli {

// A name as the system has it: a slash is put before one that has none.
std::string with_slash(const std::string& name);

} // namespace cli
