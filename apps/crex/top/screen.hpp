// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "text/colours.hpp"

namespace cli {

// A key that was typed: a character's code point, or one of these.
enum Key : std::int32_t {
    no_key = -1,
    key_escape = 0x1B,
    key_first = 0x11'0000, // beyond all code points
    key_up,
    key_down,
    key_page_up,
    key_page_down,
    key_home,
    key_end,
    key_enter,
    key_backspace,
    key_resize, // the screen's size has changed
    key_hangup, // the terminal has gone
};

struct Style {
    Colour colour = Colour::none;
    bool reversed = false;
};

// The whole terminal, from construction to destruction. One object at a time.
class Screen {
public:
    // Throws Failure when the terminal cannot be drawn on.
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    [[nodiscard]] std::size_t rows() const;
    [[nodiscard]] std::size_t columns() const;

    // Drawing is visible only after show(). What lies beyond the screen is left out.
    void clear();
    void put(std::size_t row, std::size_t column, const std::string& text, Style style = {});
    void show();

    // The next key; no_key when none is typed in that time.
    Key next_key(std::chrono::milliseconds patience);
};

// In the encoding of the locale; empty for a key that is no character.
std::string text_of(Key key);

} // namespace cli
