// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "queue/scenarios.hpp"
#include "queue/setting.hpp"

namespace bench {

// A measured class, as the rest of the benchmark sees it.
struct Subject {
    std::string_view suite; // of the scenarios it is measured in
    std::string_view name;
    void (*measure)(const Method& method, SharedState& shared, const Setting& setting);
    void (*remove)(const std::string& object) noexcept;
};

// For each suite: crex, the subjects that it is compared with, and crex's other backends.
std::span<const Subject> subjects();

} // namespace bench
