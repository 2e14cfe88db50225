// SPDX-License-Identifier: BSL-1.0
#include "table.hpp"

#include <algorithm>

#include "colours.hpp"

namespace cli {
namespace {

Colour colour_of(const std::string& text) {
    if (text == crex::to_string(crex::ObjectState::in_use)) {
        return Colour::green;
    }
    if (text == crex::to_string(crex::ObjectState::stale)) {
        return Colour::red;
    }
    return text == crex::to_string(crex::ObjectState::unknown) ? Colour::yellow : Colour::none;
}

// Characters, where the text is UTF-8.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

} // namespace

void Table::print(std::ostream& out, bool with_headings) const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < headings_.size(); ++column) {
        std::size_t width = with_headings ? headings_[column].text.size() : 0;
        for (const auto& row : rows_) {
            width = std::max(width, width_of(row[column]));
        }
        widths.push_back(width);
    }
    const auto put = [&](std::size_t column, const std::string& text, Colour colour) {
        const std::string space(widths[column] - width_of(text), ' ');
        const bool is_last = column + 1 == headings_.size();
        out << (headings_[column].right ? space : "") << in_colour(colour, text)
            << (headings_[column].right || is_last ? "" : space) << (is_last ? "\n" : "  ");
    };
    for (std::size_t column = 0; with_headings && column < headings_.size(); ++column) {
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
    for (const Column* const column : columns) {
        headings.push_back({column->heading, column->is_number});
    }
    Table table{std::move(headings)};
    for (const crex::Object& object : objects) {
        std::vector<std::string> row;
        for (const Column* const column : columns) {
            row.push_back(column->text(object));
        }
        table.add(std::move(row));
    }
    return table;
}

} // namespace cli
