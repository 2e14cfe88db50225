// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <limits>

#include "top/top_screen.hpp"

// The keys of crex top.

namespace cli {
namespace {

using namespace std::chrono_literals;

bool is_one_of(Key key, std::initializer_list<int> keys) {
    return std::find(keys.begin(), keys.end(), static_cast<int>(key)) != keys.end();
}

// The next state that is shown alone; all states come after the last one.
std::optional<crex::ObjectState> state_after(std::optional<crex::ObjectState> state) {
    using crex::ObjectState;
    if (!state) {
        return ObjectState::in_use;
    }
    return *state == ObjectState::in_use  ? std::optional{ObjectState::stale}
           : *state == ObjectState::stale ? std::optional{ObjectState::unknown}
                                          : std::nullopt;
}

} // namespace

const char* const top_keys =
    R"( up down j k     choose an object; also page up, page down, home, end, g, G
 enter i         all about it; escape or q leads back
 s S             sort by the next, or the previous, column
 r               the other way round
 /               show only objects with a text in their KIND:NAME or command
 t               only what is in-use, stale, unknown; all
 space p         pause, go on
 + -             look more often, less often
 escape          show everything
 h ?             show this
 q               quit)";

bool TopScreen::handle(Key key) {
    if (key == key_hangup) {
        return false;
    }
    if (typing_filter_) {
        handle_in_filter(key);
    } else if (move(key)) {
        if (page_ == Page::table) {
            choose();
        }
    } else if (page_ != Page::table) {
        if (is_one_of(key, {key_escape, 'q', 'Q', key_enter, 'i', 'h', '?'})) {
            page_ = Page::table;
        }
    } else if (is_one_of(key, {'q', 'Q'})) {
        return false;
    } else {
        handle_in_table(key);
    }
    return true;
}

void TopScreen::handle_in_filter(Key key) {
    std::string& filter = view_.filter;
    if (key == key_enter) {
        typing_filter_ = false;
    } else if (key == key_escape) {
        typing_filter_ = false;
        filter.clear();
    } else if (key == key_backspace) {
        while (!filter.empty() && (static_cast<unsigned char>(filter.back()) & 0xC0U) == 0x80U) {
            filter.pop_back(); // the rest of a character in UTF-8
        }
        if (!filter.empty()) {
            filter.pop_back();
        }
    } else {
        filter += text_of(key);
    }
}

void TopScreen::handle_in_table(Key key) {
    const std::size_t columns = top_columns().size();
    switch (static_cast<int>(key)) {
    case key_enter:
    case 'i':
        choose();
        page_ = chosen_ ? Page::object : Page::table;
        first_line_ = 0;
        break;
    case 'h':
    case '?':
        page_ = Page::help;
        first_line_ = 0;
        break;
    case '/':
        typing_filter_ = true;
        break;
    case key_escape:
        view_.filter.clear();
        view_.state.reset();
        break;
    case 's':
        view_.sorted_by = (view_.sorted_by + 1) % columns;
        break;
    case 'S':
        view_.sorted_by = (view_.sorted_by + columns - 1) % columns;
        break;
    case 'r':
        view_.reversed = !view_.reversed;
        break;
    case 't':
        view_.state = state_after(view_.state);
        break;
    case ' ':
    case 'p':
        sampler_.set_paused(!sampler_.is_paused());
        break;
    case '+':
    case '-':
        change_speed(key == '+');
        break;
    default:
        break;
    }
}

bool TopScreen::move(Key key) {
    std::size_t& place = page_ == Page::table ? cursor_ : first_line_;
    const std::size_t last = page_ != Page::table ? std::numeric_limits<std::size_t>::max() / 2
                             : rows_.empty()      ? 0
                                                  : rows_.size() - 1;
    const std::size_t page = page_length();
    switch (static_cast<int>(key)) {
    case key_up:
    case 'k':
        place -= std::min<std::size_t>(place, 1);
        break;
    case key_down:
    case 'j':
        ++place;
        break;
    case key_page_up:
        place -= std::min(place, page);
        break;
    case key_page_down:
        place += page;
        break;
    case key_home:
    case 'g':
        place = 0;
        break;
    case key_end:
    case 'G':
        place = last;
        break;
    default:
        return false;
    }
    place = std::min(place, last);
    return true;
}

void TopScreen::change_speed(bool faster) {
    const auto now = sampler_.period();
    sampler_.set_period(std::clamp<Sampler::Period>(faster ? now / 2 : now * 2, sample_period_min,
                                                    sample_period_max));
}

void TopScreen::choose() {
    chosen_ = cursor_ < rows_.size() ? std::optional{identity_of(*rows_[cursor_])} : std::nullopt;
}

} // namespace cli
