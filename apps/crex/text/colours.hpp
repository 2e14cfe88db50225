// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace cli {

enum class Colour { none, red, green, yellow, bold };

// NO_COLOR, TERM and standard output decide this.
bool colours_are_wanted();

// The text in that colour, if colours are wanted; else the text as it is.
std::string in_colour(Colour colour, const std::string& text);

} // namespace cli
