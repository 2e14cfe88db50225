// SPDX-License-Identifier: BSL-1.0
#include "text/width.hpp"

#include <algorithm>
#include <cwchar>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace cli {
namespace {

struct Character {
    std::size_t bytes;
    std::size_t width;
    bool is_good;
};

Character first_of(std::string_view text) {
    std::mbstate_t state{};
    wchar_t wide = 0;
    const std::size_t bytes = std::mbrtowc(&wide, text.data(), text.size(), &state);
    if (bytes == 0 || bytes > text.size()) { // NUL, or an error
        return {1, 1, false};
    }
    const int width = ::wcwidth(wide);
    return width < 0 ? Character{bytes, 1, false}
                     : Character{bytes, static_cast<std::size_t>(width), true};
}

template <class Visit> void for_each_character(const std::string& text, Visit visit) {
    for (std::string_view rest{text}; !rest.empty();) {
        const Character character = first_of(rest);
        visit(rest.substr(0, character.bytes), character);
        rest.remove_prefix(character.bytes);
    }
}

} // namespace

std::size_t width_of(const std::string& text) {
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (std::all_of(text.begin(), text.end(), is_plain)) {
        return text.size(); // most texts are plain
    }
    std::size_t width = 0;
    for_each_character(text, [&](std::string_view, Character each) { width += each.width; });
    return width;
}

std::optional<std::size_t> width_of_terminal() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0
               ? std::optional{std::size_t{size.ws_col}}
               : std::nullopt;
}

std::string fitted(const std::string& text, std::size_t width, Side side) {
    const bool fits = width_of(text) <= width;
    const std::size_t room = fits ? width : width - std::min<std::size_t>(width, 1);
    std::string result;
    std::size_t used = 0;
    bool is_cut = false;
    for_each_character(text, [&](std::string_view bytes, Character each) {
        is_cut = is_cut || used + each.width > room;
        if (!is_cut) {
            result.append(each.is_good ? bytes : "?");
            used += each.width;
        }
    });
    if (!fits && width > 0) {
        result += '~';
        ++used;
    }
    const std::string space(width - used, ' ');
    return side == Side::left ? result + space : space + result;
}

} // namespace cli
