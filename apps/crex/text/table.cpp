// SPDX-License-Identifier: BSL-1.0
#include "text/table.hpp"

#include <algorithm>

#include "text/width.hpp"

namespace cli {

Colour colour_of(const std::string& text) {
    if (text == crex::to_string(crex::ObjectState::in_use)) {
        return Colour::green;
    }
    if (text == crex::to_string(crex::ObjectState::stale)) {
        return Colour::red;
    }
    return text == crex::to_string(crex::ObjectState::unknown) ? Colour::yellow : Colour::none;
}

std::vector<std::size_t> Table::widths(TableLook look) const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < headings_.size(); ++column) {
        std::size_t width = look.headings ? width_of(headings_[column].text) : 0;
        for (const auto& row : rows_) {
            width = std::max(width, width_of(row[column]));
        }
        widths.push_back(width);
    }
    if (const auto room = look.cut_to_terminal ? width_of_terminal() : std::nullopt) {
        cut(widths, *room);
    }
    return widths;
}

// Cuts the widest column that can be cut, repeatedly, down to a few characters.
void Table::cut(std::vector<std::size_t>& widths, std::size_t room) const {
    constexpr std::size_t least = 8;
    constexpr std::size_t between = 2;
    std::size_t total = between * (widths.size() - 1);
    for (const std::size_t width : widths) {
        total += width;
    }
    for (; total > room; --total) {
        std::size_t* widest = nullptr;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            if (headings_[column].can_be_cut && widths[column] > least &&
                (widest == nullptr || widths[column] > *widest)) {
                widest = &widths[column];
            }
        }
        if (widest == nullptr) {
            return;
        }
        --*widest;
    }
}

void Table::print(std::ostream& out, TableLook look) const {
    const auto its = widths(look);
    const auto put = [&](std::size_t column, const std::string& whole, Colour colour) {
        const bool fits = width_of(whole) <= its[column];
        const std::string text = fits ? whole : fitted(whole, its[column]);
        const std::string space(its[column] - width_of(text), ' ');
        const bool is_last = column + 1 == headings_.size();
        out << (headings_[column].right ? space : "")
            << (look.colours ? in_colour(colour, text) : text)
            << (headings_[column].right || is_last ? "" : space) << (is_last ? "\n" : "  ");
    };
    for (std::size_t column = 0; look.headings && column < headings_.size(); ++column) {
        put(column, headings_[column].text, Colour::bold);
    }
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < headings_.size(); ++column) {
            put(column, row[column], colour_of(row[column]));
        }
    }
}

Table table_of(const std::vector<crex::Object>& objects,
               const std::vector<const Column*>& columns) {
    std::vector<Table::Heading> headings;
    headings.reserve(columns.size());
    for (const Column* const column : columns) {
        headings.push_back({column->heading, column->is_number, can_be_cut(column->name)});
    }
    Table table{std::move(headings)};
    for (const crex::Object& object : objects) {
        std::vector<std::string> row;
        row.reserve(columns.size());
        for (const Column* const column : columns) {
            row.push_back(column->text(object));
        }
        table.add(std::move(row));
    }
    return table;
}

} // namespace cli
