// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "failure.hpp"

namespace cli {

// What crex doctor has inspected; and, if something is wrong, the problem and the advice.
struct Finding {
    std::string title;
    std::string problem; // empty when all is well
    std::string advice;
};

// Writes them. Returns `no` if there is a problem.
ExitStatus report(const std::vector<Finding>& findings);

} // namespace cli
