// SPDX-License-Identifier: BSL-1.0
#include "objects/server.hpp"

#include <algorithm>
#include <string_view>

namespace cli {

std::string parameters_of(const Invocation& given) {
    const std::string text = given.value("at").value_or("");
    constexpr std::string_view prefix = "service=";
    const auto is_plain = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    };
    const bool is_service = text.starts_with(prefix) && text.size() > prefix.size() &&
                            std::all_of(text.begin() + prefix.size(), text.end(), is_plain);
    if (given.has("at") && !is_service) {
        throw UsageError{"--at: it takes service=NAME, a service of pg_service.conf"};
    }
    return text;
}

crex::Server* server_of(const Invocation& given) {
    return given.has("at") ? connected(parameters_of(given)) : nullptr;
}

} // namespace cli
