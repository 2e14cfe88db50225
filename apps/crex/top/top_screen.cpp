// SPDX-License-Identifier: BSL-1.0
#include "top/top_screen.hpp"

#include <algorithm>
#include <sstream>

#include "objects/naming.hpp"
#include "process/interruption.hpp"
#include "text/describe.hpp"
#include "text/facts.hpp"
#include "text/width.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 100ms; // the time within which changes are shown
constexpr std::size_t rows_above = 3;
constexpr std::size_t rows_below = 1;
constexpr std::size_t name_width_min = 16;

// Gives widths to the columns that fit, left to right; the name gets the width that it needs.
std::vector<std::size_t> widths_for(const std::vector<const Activity*>& rows, std::size_t room) {
    std::vector<std::size_t> widths;
    std::size_t used = 0;
    for (const TopColumn& column : top_columns()) {
        std::size_t width = width_of(column.heading);
        for (const Activity* const row : rows) {
            width = std::max(width, width_of(column.cell(*row).text));
        }
        const std::size_t left = used < room ? room - used : 0;
        if (column.name == "name") {
            width = std::min(width, std::max(name_width_min, room / 3));
        } else if (column.name == "command") {
            width = std::max(width_of(column.heading), left);
        }
        if (width > left) {
            break;
        }
        widths.push_back(width);
        used += width + 1;
    }
    return widths;
}

Side side_of(const TopColumn& column) { return column.is_number ? Side::right : Side::left; }

std::string period_text(std::chrono::nanoseconds period) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(period).count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000).append("s") : std::to_string(ms).append("ms");
}

} // namespace

TopScreen::Identity TopScreen::identity_of(const Activity& activity) {
    return {activity.object.kind, activity.object.id};
}

void TopScreen::run() {
    const std::stop_token& interrupted = interruption();
    Key key = no_key;
    do {
        if (sampler_.latest() != sample_ || key != no_key || !sample_) {
            take_sample();
            draw();
        }
        key = screen_.next_key(patience);
    } while (!interrupted.stop_requested() && handle(key));
}

// Takes over what has changed: the sample, or the rows that are shown of it.
void TopScreen::take_sample() {
    if (auto latest = sampler_.latest(); latest != sample_) {
        sample_ = std::move(latest);
        forget_processes();
    }
    rows_ = sample_ ? shown(*sample_, view_) : std::vector<const Activity*>{};
    follow_selection();
}

// The cursor stays on its object, wherever that has moved, or where it was if the object is gone.
void TopScreen::follow_selection() {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [this](const Activity* row) {
        return chosen_ && identity_of(*row) == *chosen_;
    });
    if (found != rows_.end()) {
        cursor_ = static_cast<std::size_t>(found - rows_.begin());
    }
    cursor_ = std::min(cursor_, rows_.empty() ? 0 : rows_.size() - 1);
    const std::size_t length = page_length();
    first_row_ = std::clamp(first_row_, cursor_ < length ? 0 : cursor_ - length + 1, cursor_);
}

// For the chosen object, whether or not the table still shows it.
std::string TopScreen::facts() const {
    const auto end = sample_->objects.end();
    const auto found = std::find_if(sample_->objects.begin(), end, [this](const Activity& each) {
        return chosen_ && identity_of(each) == *chosen_;
    });
    if (found == end) {
        return "It is not there any more.";
    }
    std::ostringstream text;
    if (sample_->is_at_server) {
        print_cells(text, *found);
    } else {
        print_facts(text, found->object, {.colours = false});
    }
    return text.str();
}

std::size_t TopScreen::page_length() const {
    const std::size_t rows = screen_.rows();
    return rows > rows_above + rows_below ? rows - rows_above - rows_below : 1;
}

void TopScreen::draw() {
    screen_.clear();
    draw_top();
    if (page_ == Page::help) {
        draw_lines(top_keys);
    } else if (page_ == Page::object) {
        draw_lines(facts());
    } else {
        draw_table();
    }
    draw_bottom();
    screen_.show();
}

void TopScreen::draw_top() {
    if (!sample_) {
        screen_.put(0, 0, "looking ...");
        return;
    }
    const std::string pause = sampler_.is_paused() ? "   paused" : "";
    screen_.put(0, 0,
                "crex top   " + summary_of(*sample_) + "   every " +
                    period_text(sampler_.period()) + pause,
                {Colour::bold});
    std::string view = "sorted by " + top_columns()[view_.sorted_by].name;
    view.append(view_.reversed ? ", reversed" : "");
    if (view_.state) {
        view.append("   only ").append(crex::to_string(*view_.state));
    }
    if (!view_.filter.empty()) {
        view.append("   only with ").append(view_.filter);
    }
    screen_.put(1, 0, view);
    if (!sample_->limitations.empty()) {
        screen_.put(1, width_of(view) + 3, "partial: " + sample_->limitations.front(),
                    {Colour::yellow});
    }
}

void TopScreen::draw_table() {
    const auto last = std::min(rows_.size(), first_row_ + page_length());
    const auto at = [this](std::size_t row) {
        return rows_.begin() + static_cast<std::ptrdiff_t>(std::min(row, rows_.size()));
    };
    widths_ = widths_for({at(first_row_), at(last)}, screen_.columns());
    std::string headings;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        const TopColumn& column = top_columns()[i];
        headings.append(i == 0 ? "" : " ");
        headings.append(fitted(column.heading, widths_[i], side_of(column)));
    }
    screen_.put(rows_above - 1, 0, fitted(headings, screen_.columns()), {Colour::bold, true});
    for (std::size_t row = first_row_; row < last; ++row) {
        draw_row(rows_above + row - first_row_, *rows_[row], row == cursor_);
    }
}

void TopScreen::draw_row(std::size_t row, const Activity& activity, bool is_selected) {
    std::size_t column = 0;
    if (is_selected) {
        screen_.put(row, 0, std::string(screen_.columns(), ' '), {Colour::none, true});
    }
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        const TopColumn& what = top_columns()[i];
        const Cell cell = what.cell(activity);
        screen_.put(row, column, fitted(cell.text, widths_[i], side_of(what)),
                    {cell.colour, is_selected});
        column += widths_[i] + 1;
    }
}

// The whole text, from first_line_ on.
void TopScreen::draw_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream source{text};
    for (std::string line; std::getline(source, line);) {
        lines.push_back(line);
    }
    const std::size_t most = lines.size() > page_length() ? lines.size() - page_length() : 0;
    first_line_ = std::min(first_line_, most);
    for (std::size_t i = 0; i < page_length() && first_line_ + i < lines.size(); ++i) {
        screen_.put(rows_above + i, 0, lines[first_line_ + i]);
    }
}

std::string TopScreen::position() const {
    return rows_.empty() ? "nothing to show"
                         : std::to_string(cursor_ + 1) + " of " + std::to_string(rows_.size());
}

void TopScreen::draw_bottom() {
    const std::size_t row = screen_.rows() - 1;
    if (typing_filter_) {
        screen_.put(row, 0, "only with: " + view_.filter + "_", {Colour::bold});
    } else if (page_ != Page::table) {
        screen_.put(row, 0, "escape back   q back");
    } else {
        screen_.put(
            row, 0,
            "q quit   enter inspect   s sort   / filter   t state   space pause   h help   " +
                position());
    }
}

} // namespace cli
