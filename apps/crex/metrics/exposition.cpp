// SPDX-License-Identifier: BSL-1.0
#include "metrics/exposition.hpp"

#include <array>
#include <charconv>

namespace cli {
namespace {

void append_escaped(std::string& text, std::string_view value) {
    for (const char c : value) {
        switch (c) {
        case '\n':
            text += "\\n";
            break;
        case '\\':
        case '"':
            text += '\\';
            [[fallthrough]];
        default:
            text += c;
        }
    }
}

} // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help);
    text_.append("\n# TYPE ").append(name);
    text_.append(type == Type::counter ? " counter\n" : " gauge\n");
}

void Exposition::sample(std::string_view labels, double value) {
    std::array<char, 32> number{};
    const auto end = std::to_chars(number.data(), number.data() + number.size(), value).ptr;
    text_.append(name_).append(labels).append(" ").append(number.data(), end).append("\n");
}

std::string labels_of(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text.append(text.empty() ? "{" : ",").append(name).append("=\"");
        append_escaped(text, value);
        text.append("\"");
    }
    return text.append("}");
}

} // namespace cli
