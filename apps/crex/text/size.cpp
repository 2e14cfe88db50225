// SPDX-License-Identifier: BSL-1.0
#include "text/size.hpp"

#include <charconv>
#include <limits>
#include <string_view>

namespace cli {

namespace {

// The factor of a unit: 1024 for "K" and "KiB", 1000 for "KB", and so on up to "T"; 1 for "".
std::optional<std::size_t> factor_of(std::string_view unit) {
    constexpr std::string_view letters{"KMGT"};
    if (unit.empty()) {
        return 1;
    }
    const auto letter = letters.find(unit.front() == 'k' ? 'K' : unit.front());
    const std::string_view rest = unit.substr(1);
    if (letter == letters.npos || (!rest.empty() && rest != "iB" && rest != "B")) {
        return std::nullopt;
    }
    const std::size_t step = rest == "B" ? 1000 : 1024;
    std::size_t factor = step;
    for (std::size_t i = 0; i < letter; ++i) {
        factor *= step;
    }
    return factor;
}

} // namespace

std::size_t size_from(const std::string& text) {
    std::size_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const auto factor = factor_of({rest, static_cast<std::size_t>(end - rest)});
    if (error == std::errc{} && factor &&
        number <= std::numeric_limits<std::size_t>::max() / *factor) {
        return number * *factor;
    }
    throw UsageError{"\"" + text + "\" is no size like 4096, 64K, 10MB, 1MiB or 2G"};
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
