// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "verb.hpp"

namespace cli {

// The options and arguments given to a verb.
//
// Options may stand before and after arguments; after "--" everything is an argument. An option is
// asked for by its long name; an option that the verb does not have throws std::logic_error.
class Invocation {
public:
    // Throws UsageError when they do not fit the verb.
    Invocation(const Verb& verb, const std::vector<std::string>& words);

    [[nodiscard]] bool has(const std::string& option) const;
    [[nodiscard]] std::optional<std::string> value(const std::string& option) const;

    // An option's value such as "500ms", and one such as "600". Both throw UsageError, naming the
    // option, for any other value.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> duration(const std::string& option) const;
    [[nodiscard]] std::optional<unsigned long> number(const std::string& option) const;

    [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }

    // The arguments behind "--".
    [[nodiscard]] std::vector<std::string> arguments_behind() const;
    [[nodiscard]] const Verb& verb() const { return *verb_; }

private:
    void check_arguments() const;
    void expect_known(const std::string& option) const;

    const Verb* verb_;
    std::map<std::string, std::string> options_;
    std::vector<std::string> arguments_;
    std::size_t behind_ = 0;
};

} // namespace cli
