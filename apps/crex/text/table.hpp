// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "text/colours.hpp"
#include "text/columns.hpp"

namespace cli {

// The colour of a state's name; none for any other text.
Colour colour_of(const std::string& text);

struct TableLook {
    bool headings = true;
    bool colours = true;         // if they are wanted
    bool cut_to_terminal = true; // if standard output is one: the columns that can be cut
};

// Rows of text below headings, columns as wide as what is in them.
class Table {
public:
    struct Heading {
        std::string text;
        bool right = false;      // -aligned
        bool can_be_cut = false; // a text of any length
    };

    explicit Table(std::vector<Heading> headings) : headings_{std::move(headings)} {}

    // The row has as many texts as there are headings.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    [[nodiscard]] bool is_empty() const { return rows_.empty(); }

    void print(std::ostream& out, TableLook look = {}) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths(TableLook look) const;
    void cut(std::vector<std::size_t>& widths, std::size_t room) const;

    std::vector<Heading> headings_;
    std::vector<std::vector<std::string>> rows_;
};

Table table_of(const std::vector<crex::Object>& objects, const std::vector<const Column*>& columns);

} // namespace cli
