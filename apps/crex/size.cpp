// SPDX-License-Identifier: BSL-1.0
#include "size.hpp"

#include <charconv>
#include <limits>
#include <string_view>

namespace cli {

std::size_t size_from(const std::string& text) {
    constexpr std::string_view letters{"KMGT"};
    std::size_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const std::string_view unit{rest, static_cast<std::size_t>(end - rest)};
    const auto letter = unit.size() == 1 ? letters.find(unit.front()) : unit.npos;
    if (error == std::errc{} && (unit.empty() || letter != unit.npos)) {
        const std::size_t shift = unit.empty() ? 0 : 10 * (letter + 1);
        if (number <= std::numeric_limits<std::size_t>::max() >> shift) {
            return number << shift;
        }
    }
    throw UsageError{"\"" + text + "\" is no size like 4096, 64K, 1M or 2G"};
}

std::optional<std::size_t> size_of(const Invocation& given, const std::string& option) {
    const auto text = given.value(option);
    try {
        return text ? std::optional{size_from(*text)} : std::nullopt;
    } catch (const UsageError& error) {
        throw UsageError{"--" + option + ": " + error.what()};
    }
}

} // namespace cli
