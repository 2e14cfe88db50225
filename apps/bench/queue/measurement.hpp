// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "queue/scenarios.hpp"
#include "queue/setting.hpp"
#include "queue/subjects.hpp"

namespace bench {

struct Outcome {
    Ending ending = Ending::none;
    std::vector<double> figures; // as many as the scenario has, when done
    std::string text;            // what to know about them, or why there are none
};

// Measures once. Nothing is left afterwards, whatever happened.
Outcome measure_once(const Scenario& scenario, const Subject& subject, const Setting& setting,
                     unsigned limit_in_seconds);

} // namespace bench
