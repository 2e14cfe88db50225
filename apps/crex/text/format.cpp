// SPDX-License-Identifier: BSL-1.0
#include "text/format.hpp"

#include "text/json.hpp"

namespace cli {
namespace {

std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits{"0123456789abcdef"};
    std::string text;
    text.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.append({digits[byte >> 4], digits[byte & 15]});
    }
    return text;
}

// A JSON string must be UTF-8.
std::string json_of(std::string_view body, unsigned priority) {
    try {
        return Json{{"priority", priority}, {"size", body.size()}, {"text", body}}.dump();
    } catch (const Json::exception&) {
        return Json{{"priority", priority}, {"size", body.size()}, {"hex", hex_of(body)}}.dump();
    }
}

} // namespace

Format::Kind Format::kind_called(const std::string& word) {
    for (const auto& [name, kind] : {std::pair{"raw", Kind::raw}, std::pair{"text", Kind::text},
                                     std::pair{"hex", Kind::hex}, std::pair{"json", Kind::json}}) {
        if (name == word) {
            return kind;
        }
    }
    throw UsageError{"--format: \"" + word + "\" is none of raw, text, hex and json"};
}

Format::Format(const Invocation& given)
    : kind_{kind_called(given.value("format").value_or("text"))},
      end_{given.has("null") ? '\0' : '\n'}, with_priority_{given.has("print-priority")} {}

void Format::put(Output& out, std::string_view body, unsigned priority) const {
    if (with_priority_ && kind_ != Kind::json) {
        out.put(std::to_string(priority));
        out.put('\t');
    }
    switch (kind_) {
    case Kind::raw:
        return out.put(body);
    case Kind::text:
        out.put(body);
        break;
    case Kind::hex:
        out.put(hex_of(body));
        break;
    case Kind::json:
        out.put(json_of(body, priority));
        break;
    }
    out.put(end_);
}

std::vector<Option> Format::options() {
    return {{"format,f", "FORMAT",
             "how messages are shown: raw, text, hex or json; text, unless given"},
            {"null,0", nullptr, "a zero byte after each instead of a newline"},
            {"print-priority", nullptr, "the priority and a tabulator before each"}};
}

Section Format::section() {
    return {"FORMATS",
            " raw   the bytes alone\n"
            " text  the bytes, and a newline after each message\n"
            " hex   two digits for each byte, and a newline\n"
            " json  an object a line: priority, size, and text, or hex where it is no UTF-8"};
}

} // namespace cli
