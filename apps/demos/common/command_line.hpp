// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include "common/parameters.hpp"

namespace demo {

struct Program {
    const char* name;
    const char* about;             // what it does, for --help
    bool converses = true;         // knows --patience and --quiet
    bool may_be_at_server = false; // knows --at
};

// The program's parameters, from params.txt and from its options, which override the file.
//
// Nothing when only --help was asked for, which has been printed. Throws UsageError, naming file,
// line and key, or the option.
std::optional<Parameters> parameters_from(int argc, char** argv, const Program& program);

} // namespace demo
