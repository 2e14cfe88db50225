// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "verb.hpp"

namespace cli {

// A verb's options and arguments, as given.
//
// Options may stand before and after arguments; after "--" everything is an argument. They are
// asked for by their long names, and asking for one that the verb has not got is std::logic_error.
class Invocation {
public:
    // Throws UsageError when they are not what the verb wants.
    Invocation(const Verb& verb, const std::vector<std::string>& words);

    [[nodiscard]] bool has(const std::string& option) const;
    [[nodiscard]] std::optional<std::string> value(const std::string& option) const;

    // The same for "500ms" and "600". Throw UsageError, naming the option, when it is neither.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> duration(const std::string& option) const;
    [[nodiscard]] std::optional<unsigned long> number(const std::string& option) const;

    [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }

    // Of those, the ones behind "--".
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
