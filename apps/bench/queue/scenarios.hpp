// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "queue/alone.hpp"
#include "queue/one_way.hpp"
#include "queue/round_trip.hpp"
#include "queue/wake_up.hpp"

namespace bench {

// One number that a scenario measures, and the name of its case in the results.
struct Figure {
    std::string name;
    std::string_view unit;
    bool higher_is_better = false;
};

using Method = std::variant<OneWay, RoundTrip, WakeUp, Alone>;

struct Scenario {
    Method method;
    std::vector<Figure> figures;
    std::string_view suite = "queue";
    std::vector<std::string_view> subjects = {}; // of that suite; all if empty
};

const std::vector<Scenario>& scenarios();

} // namespace bench
