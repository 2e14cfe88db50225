// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

// The width of text in a terminal's columns. A character takes none, one or two, in the encoding of
// the locale.

namespace cli {

std::size_t width_of(const std::string& text);

// Nothing when standard output is no terminal.
std::optional<std::size_t> width_of_terminal();

// The text in exactly so many columns: filled with spaces, or cut, with a ~ at its end. What is no
// text in this encoding becomes a question mark.
enum class Side { left, right };
std::string fitted(const std::string& text, std::size_t width, Side side = Side::left);

} // namespace cli
