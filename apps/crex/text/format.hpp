// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>
#include <vector>

#include "invocation.hpp"
#include "io/streams.hpp"

// How messages are printed.

namespace cli {

class Format {
public:
    // The format of --format, --null and --print-priority. Throws UsageError.
    explicit Format(const Invocation& given);

    void put(Output& out, std::string_view body, unsigned priority) const;

    // These three options, for a verb's description.
    static std::vector<Option> options();
    static Section section();

private:
    enum class Kind { raw, text, hex, json };
    static Kind kind_called(const std::string& word);

    Kind kind_;
    char end_;
    bool with_priority_;
};

} // namespace cli
