// SPDX-License-Identifier: BSL-1.0
#include "text/duration.hpp"

#include <array>
#include <charconv>
#include <string_view>

#include <crex/timeout.hpp>

#include "failure.hpp"

namespace cli {
namespace {

struct Unit {
    std::string_view name;
    double seconds;
};

constexpr std::array units{Unit{"", 1},      Unit{"s", 1},  Unit{"ms", 1e-3}, Unit{"us", 1e-6},
                           Unit{"ns", 1e-9}, Unit{"m", 60}, Unit{"h", 3600},  Unit{"d", 86400}};

} // namespace

std::chrono::nanoseconds duration_from(const std::string& text) {
    double count = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
    if (error == std::errc{} && count >= 0) {
        for (const Unit& unit : units) {
            if (unit.name == std::string_view{rest, static_cast<std::size_t>(end - rest)}) {
                return crex::Timeout{std::chrono::duration<double>{count * unit.seconds}}.limit();
            }
        }
    }
    throw UsageError{"\"" + text + "\" is no duration like 0.5, 500ms, 2s or 1m"};
}

std::string short_text_of(std::chrono::nanoseconds duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    for (const auto& [length, letter] :
         {std::pair{86400, 'd'}, std::pair{3600, 'h'}, std::pair{60, 'm'}}) {
        if (seconds >= length) {
            return std::to_string(seconds / length) + letter;
        }
    }
    return std::to_string(seconds) + 's';
}

} // namespace cli
