// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "methods/setting.hpp"
#include "scenarios/scenarios.hpp"
#include "subjects/subjects.hpp"

namespace bench {

struct Outcome {
    Ending ending = Ending::none;
    std::vector<double> figures; // as many as the scenario has, if it is done
    std::string text;            // a note on them, or why there are none
};

// Measures once. Nothing is left behind, whatever happens.
Outcome measure_once(const Scenario& scenario, const Subject& subject, const Setting& setting,
                     unsigned limit_in_seconds);

} // namespace bench
