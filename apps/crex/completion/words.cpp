// SPDX-License-Identifier: BSL-1.0
#include "completion/words.hpp"

#include <set>
#include <sstream>
#include <string_view>

#include "text/columns.hpp"
#include "top/top_table.hpp"
#include "verbs.hpp"

namespace cli {

Spelling spelling_of(const Option& option) {
    const std::string name{option.name};
    const auto comma = name.find(',');
    return {comma == name.npos ? std::string{} : name.substr(comma + 1), name.substr(0, comma)};
}

std::vector<Option> all_options_of(const Verb& verb) {
    auto options = verb.options;
    options.insert(options.end(), common_options().begin(), common_options().end());
    return options;
}

VerbWords words_of(const Verb& verb) {
    std::istringstream name{verb.name};
    VerbWords words;
    name >> words.first >> words.second;
    return words;
}

std::vector<std::string> first_words() {
    std::set<std::string> words{"help"};
    for (const Verb* const verb : verbs()) {
        words.insert(words_of(*verb).first);
    }
    return {words.begin(), words.end()};
}

std::vector<std::string> second_words(const std::string& first) {
    std::vector<std::string> words;
    for (const Verb* const verb : verbs()) {
        const auto [one, two] = words_of(*verb);
        if (one == first && !two.empty()) {
            words.push_back(two);
        }
    }
    return words;
}

std::vector<std::string> first_arguments(const Verb& verb) {
    std::vector<std::string> words;
    std::istringstream arguments{verb.arguments};
    std::string first;
    arguments >> first;
    if (first.starts_with('[') || first.find('|') == first.npos) {
        return words;
    }
    std::istringstream choice{first};
    for (std::string word; std::getline(choice, word, '|');) {
        words.push_back(word);
    }
    return words;
}

namespace {

template <class All> std::vector<std::string> names_in(const All& columns) {
    std::vector<std::string> names;
    names.reserve(std::size(columns));
    for (const auto& column : columns) {
        names.emplace_back(column.name);
    }
    return names;
}

std::vector<std::string> backends_of(const Verb& verb) {
    std::vector<std::string> words{"robust", "posix"};
    if (!std::string_view{verb.name}.starts_with("sem ")) {
        words.emplace_back("boost");
    }
    return words;
}

} // namespace

Values values_of(const Verb& verb, const Option& option) {
    const std::string_view value{option.value == nullptr ? "" : option.value};
    if (value == "BACKEND") {
        return {Values::Are::words, backends_of(verb)};
    }
    if (value == "FORMAT") {
        return {Values::Are::words, {"raw", "text", "hex", "json"}};
    }
    if (value == "CONDITION") {
        return {Values::Are::words, {"exists", "gone", "in-use", "stale"}};
    }
    if (value == "COLUMN") {
        return {Values::Are::words, names_in(top_columns())};
    }
    if (value == "LIST") {
        return {Values::Are::list, names_in(columns())};
    }
    return {value == "USER"      ? Values::Are::users
            : value == "NAME"    ? Values::Are::names
            : value == "SERVICE" ? Values::Are::services
            : value == "SERVER"  ? Values::Are::servers
                                 : Values::Are::anything,
            {}};
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) {
        text.append(text.empty() ? "" : between).append(word);
    }
    return text;
}

std::string shell_quoted(const std::string& text) {
    std::string result{"'"};
    for (const char c : text) {
        c == '\'' ? result.append("'\\''") : result.append(1, c);
    }
    return result.append("'");
}

} // namespace cli
