// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <crex/inventory.hpp>

namespace cli {

// What crex watch waits for: "exists", "gone", "in-use", "stale", "msgs>0".
class Condition {
public:
    // Throws UsageError for a text that is no condition.
    explicit Condition(const std::string& text);

    // For an object, or for none.
    [[nodiscard]] bool holds(const std::optional<crex::Object>& object) const;

    // Whether the users of the object must be known.
    [[nodiscard]] bool needs_users() const { return property_ == "users" || is_state(); }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    [[nodiscard]] bool is_state() const { return property_ == "in-use" || property_ == "stale"; }
    [[nodiscard]] std::optional<std::uint64_t> property_of(const crex::Object& object) const;
    [[nodiscard]] bool compares(std::uint64_t value) const;

    std::string text_;
    std::string property_;
    std::string comparison_; // empty for a word alone
    std::uint64_t number_ = 0;
};

} // namespace cli
