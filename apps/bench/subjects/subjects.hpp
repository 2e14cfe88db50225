// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "methods/setting.hpp"
#include "scenarios/scenarios.hpp"

namespace bench {

// A measured class, as the rest of the benchmark sees it.
struct Subject {
    std::string_view suite; // of the scenarios it is measured in
    std::string_view name;
    std::string_view waiting;
    bool is_limit;
    bool (*fits)(const Method& method); // whether the method makes sense for it
    void (*measure)(const Method& method, SharedState& shared, const Setting& setting);
    void (*remove)(const std::string& object) noexcept;
};

// For each suite: crex, the subjects that it is compared with, and crex's other backends.
std::vector<Subject> subjects();

} // namespace bench
