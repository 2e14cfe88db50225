// SPDX-License-Identifier: BSL-1.0
#include "top/screen.hpp"

#include <array>
#include <climits>
#include <cwchar>
#include <cwctype>

#include <poll.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#include <curses.h>

#include "failure.hpp"
#include "text/width.hpp"

namespace cli {
namespace {

constexpr int escape_delay_ms = 25; // after this time, an escape is the key and not a beginning

short pair_of(Colour colour) {
    switch (colour) {
    case Colour::red:
        return COLOR_RED;
    case Colour::green:
        return COLOR_GREEN;
    case Colour::yellow:
        return COLOR_YELLOW;
    default:
        return 0;
    }
}

void begin_colours() {
    if (!colours_are_wanted() || !has_colors()) {
        return;
    }
    start_color();
    use_default_colors();
    for (const Colour colour : {Colour::red, Colour::green, Colour::yellow}) {
        init_pair(pair_of(colour), pair_of(colour), -1);
    }
}

Key key_of(wint_t code) {
    switch (code) {
    case KEY_UP:
        return key_up;
    case KEY_DOWN:
        return key_down;
    case KEY_PPAGE:
        return key_page_up;
    case KEY_NPAGE:
        return key_page_down;
    case KEY_HOME:
        return key_home;
    case KEY_END:
        return key_end;
    case KEY_ENTER:
        return key_enter;
    case KEY_BACKSPACE:
        return key_backspace;
    case KEY_RESIZE:
        return key_resize;
    default:
        return no_key;
    }
}

Key character(wint_t code) {
    switch (code) {
    case L'\r':
    case L'\n':
        return key_enter;
    case L'\b':
    case 0x7F:
        return key_backspace;
    default:
        return static_cast<Key>(code);
    }
}

// The key that has been typed already.
Key typed() {
    wint_t code = 0;
    switch (get_wch(&code)) {
    case OK:
        return character(code);
    case KEY_CODE_YES:
        return key_of(code);
    default:
        return no_key;
    }
}

} // namespace

Screen::Screen() {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
        throw UsageError{"this requires a terminal"};
    }
    if (newterm(nullptr, stdout, stdin) == nullptr) {
        throw Failure{os_error, "this terminal is of a kind that is not known (see TERM)"};
    }
    if (tigetstr("cup") == nullptr) {
        endwin();
        throw Failure{os_error, "this terminal cannot move the cursor (see TERM)"};
    }
    begin_colours();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, true);
    nodelay(stdscr, true);
    set_escdelay(escape_delay_ms);
    curs_set(0);
}

Screen::~Screen() { endwin(); }

// curses keeps the screen, not this object.
// NOLINTBEGIN(readability-convert-member-functions-to-static)

std::size_t Screen::rows() const { return static_cast<std::size_t>(getmaxy(stdscr)); }
std::size_t Screen::columns() const { return static_cast<std::size_t>(getmaxx(stdscr)); }

void Screen::clear() { werase(stdscr); }

void Screen::put(std::size_t row, std::size_t column, const std::string& text, Style style) {
    if (row >= rows() || column >= columns()) {
        return;
    }
    const attr_t attributes = (style.colour == Colour::bold ? A_BOLD : A_NORMAL) |
                              (style.reversed ? A_REVERSE : A_NORMAL);
    attr_set(attributes, pair_of(style.colour), nullptr);
    const std::size_t room = columns() - column;
    const std::string cut = width_of(text) > room ? fitted(text, room) : text;
    mvaddstr(static_cast<int>(row), static_cast<int>(column), cut.c_str());
    attr_set(A_NORMAL, 0, nullptr);
}

void Screen::show() { refresh(); }

Key Screen::next_key(std::chrono::milliseconds patience) {
    if (const Key key = typed(); key != no_key) {
        return key;
    }
    pollfd terminal{STDIN_FILENO, POLLIN, 0};
    // A signal ends the wait, too: the screen may have another size, which get_wch() reports.
    if (poll(&terminal, 1, static_cast<int>(patience.count())) > 0 &&
        (terminal.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        return key_hangup;
    }
    return typed();
}

std::string text_of(Key key) {
    std::array<char, MB_LEN_MAX> bytes{};
    std::mbstate_t state{};
    if (key < 0 || key >= key_first || std::iswprint(static_cast<wint_t>(key)) == 0) {
        return {};
    }
    const std::size_t count = std::wcrtomb(bytes.data(), static_cast<wchar_t>(key), &state);
    return count > bytes.size() ? std::string{} : std::string{bytes.data(), count};
}

// NOLINTEND(readability-convert-member-functions-to-static)

} // namespace cli
