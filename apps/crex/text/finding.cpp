// SPDX-License-Identifier: BSL-1.0
#include "text/finding.hpp"

#include <iostream>

#include "text/colours.hpp"

namespace cli {

ExitStatus report(const std::vector<Finding>& findings) {
    ExitStatus status = fine;
    for (const Finding& finding : findings) {
        if (finding.problem.empty()) {
            std::cout << in_colour(Colour::green, "ok  ") << finding.title << '\n';
            continue;
        }
        status = no;
        std::cout << in_colour(Colour::yellow, "look") << ' ' << finding.title << ": "
                  << finding.problem << "\n    -> " << finding.advice << '\n';
    }
    return status;
}

} // namespace cli
