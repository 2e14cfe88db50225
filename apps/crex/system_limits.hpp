// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli {

// What there can be no more of.
struct Limit {
    std::string name;
    std::optional<std::uint64_t> used; // nothing where that cannot be known, or means nothing
    std::optional<std::uint64_t> most; // nothing for no limit
    std::string bites;                 // what fails when it is reached
    std::string raise;                 // how to raise it
};

std::vector<Limit> system_limits();

// The numbers in a file, as in those of /proc/sys. None when it cannot be read.
std::vector<std::uint64_t> numbers_in(const std::string& path);

} // namespace cli
