// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli {

// A limit of the system or of crex.
struct Limit {
    std::string name;
    std::optional<std::uint64_t> used; // nothing when that cannot be known, or means nothing
    std::optional<std::uint64_t> most; // nothing for no limit
    std::string bites;                 // what fails when the limit is reached
    std::string raise;                 // how to raise it
};

std::vector<Limit> system_limits();

// The numbers in a file, such as those of /proc/sys. None when it cannot be read.
std::vector<std::uint64_t> numbers_in(const std::string& path);

} // namespace cli
