// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "failure.hpp"

// The verbs of crex. One description of a verb is the source of everything that depends on it: the
// parser of its options, --help, its man page and the shells' completions.

namespace cli {

class Invocation;

struct Option {
    const char* name;  // "older", or "user,u" with a letter
    const char* value; // the name of its value, "DURATION", which also chooses its completion (see
                       // values_of()); null for none
    const char* help;  // its purpose, without a full stop
};

// What a shell offers for an argument.
enum class Completes { nothing, names, kinds };

// A part of the manual. Paragraphs are separated by an empty line; a line that begins with a space
// is shown as it is.
struct Section {
    const char* title;
    const char* text;
};

struct Verb {
    static constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

    const char* name;      // one word, or two: "mq send"
    const char* arguments; // "NAME..." for the synopsis; empty for none
    std::size_t at_least;  // arguments
    std::size_t at_most;
    const char* summary;     // one line, without a full stop
    const char* description; // see Section
    std::vector<Option> options;
    std::vector<Section> more; // of the manual: EXAMPLES and the like
    Completes completes;
    ExitStatus (*run)(const Invocation&);
};

} // namespace cli
