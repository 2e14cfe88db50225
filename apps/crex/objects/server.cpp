// SPDX-License-Identifier: BSL-1.0
#include "objects/server.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace cli {

std::string parameters_of(const Invocation& given, const std::string& option) {
    const std::string text = given.value(option).value_or("");
    constexpr std::string_view prefix = "service=";
    const auto is_plain = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    };
    const bool is_service = text.starts_with(prefix) && text.size() > prefix.size() &&
                            std::all_of(text.begin() + prefix.size(), text.end(), is_plain);
    if (given.has(option) && !is_service) {
        throw UsageError{"--" + option + ": it takes service=NAME, a service of pg_service.conf"};
    }
    return text;
}

crex::Server* server_of(const Invocation& given, const std::string& option) {
    return given.has(option) ? connected(parameters_of(given, option)) : nullptr;
}

void expect_none_of(const Invocation& given, const std::vector<const char*>& options) {
    for (const char* const option : options) {
        if (given.has(option)) {
            throw UsageError{
                std::string{"--"}.append(option).append(" is for this machine, not with --at")};
        }
    }
}

} // namespace cli
