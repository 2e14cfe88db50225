// SPDX-License-Identifier: BSL-1.0
#include "objects/condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "failure.hpp"

namespace cli {
namespace {

constexpr std::array<std::string_view, 4> condition_words{"exists", "gone", "in-use", "stale"};
constexpr std::array<std::string_view, 4> properties{"msgs", "value", "users", "size"};
constexpr std::array<std::string_view, 6> comparisons{">", ">=", "<", "<=", "==", "!="};

template <class All> bool contains(const All& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

} // namespace

Condition::Condition(const std::string& text) : text_{text} {
    constexpr const char* signs = "<>=!";
    const auto begin = std::min(text.find_first_of(signs), text.size());
    const auto end = std::min(text.find_first_not_of(signs, begin), text.size());
    property_ = text.substr(0, begin);
    comparison_ = text.substr(begin, end - begin);
    const char* const number_end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + end, number_end, number_);
    const bool is_word = contains(condition_words, property_) && begin == text.size();
    const bool is_comparison = contains(properties, property_) &&
                               contains(comparisons, comparison_) && error == std::errc{} &&
                               rest == number_end;
    if (!is_word && !is_comparison) {
        throw UsageError{"\"" + text + "\" is no condition like exists, gone, stale or msgs>0"};
    }
}

bool Condition::holds(const std::optional<crex::Object>& object) const {
    if (!object) {
        return property_ == "gone";
    }
    if (comparison_.empty()) {
        return property_ == "exists" || (is_state() && to_string(object->state) == property_);
    }
    const auto value = property_of(*object);
    return value && compares(*value);
}

std::optional<std::uint64_t> Condition::property_of(const crex::Object& object) const {
    if (property_ == "msgs") {
        return object.messages;
    }
    if (property_ == "value") {
        return object.value;
    }
    return property_ == "users" ? object.users.size() : object.size;
}

bool Condition::compares(std::uint64_t value) const {
    const bool equal = value == number_;
    switch (comparison_.front()) {
    case '>':
        return value > number_ || (equal && comparison_.size() == 2);
    case '<':
        return value < number_ || (equal && comparison_.size() == 2);
    case '!':
        return !equal;
    default:
        return equal;
    }
}

} // namespace cli
