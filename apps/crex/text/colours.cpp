// SPDX-License-Identifier: BSL-1.0
#include "text/colours.hpp"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace cli {

bool colours_are_wanted() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    const char* const refusal = std::getenv("NO_COLOR");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    const char* const terminal = std::getenv("TERM");
    return (refusal == nullptr || *refusal == '\0') && terminal != nullptr &&
           std::string_view{terminal} != "dumb" && isatty(STDOUT_FILENO) == 1;
}

namespace {

const char* code_of(Colour colour) {
    switch (colour) {
    case Colour::red:
        return "31";
    case Colour::green:
        return "32";
    case Colour::yellow:
        return "33";
    case Colour::bold:
        return "1";
    case Colour::none:
        break;
    }
    return "";
}

} // namespace

std::string in_colour(Colour colour, const std::string& text) {
    static const bool coloured = colours_are_wanted();
    if (!coloured || colour == Colour::none) {
        return text;
    }
    return std::string{"\033["} + code_of(colour) + "m" + text + "\033[0m";
}

} // namespace cli
