// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

// Text in a terminal's columns, of which a character takes none, one or two, in the encoding that
// the locale says.

namespace cli {

std::size_t width_of(const std::string& text);

// Nothing where standard output is none.
std::optional<std::size_t> width_of_terminal();

// The text in exactly so many columns: filled with spaces, or cut, which a ~ at its end shows. What
// is no text in this encoding becomes a question mark.
enum class Side { left, right };
std::string fitted(const std::string& text, std::size_t width, Side side = Side::left);

} // namespace cli
