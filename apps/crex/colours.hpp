// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace cli {

enum class Colour { none, red, green, yellow, bold };

// The text in that colour, where standard output is a terminal that has colours and NO_COLOR is not
// set; else the text as it is.
std::string in_colour(Colour colour, const std::string& text);

} // namespace cli
