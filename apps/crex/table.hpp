// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "colours.hpp"
#include "columns.hpp"

namespace cli {

// Of the name of a state; none for any other text.
Colour colour_of(const std::string& text);

struct TableLook {
    bool headings = true;
    bool colours = true; // where they are wanted
};

// Rows of text below headings, columns as wide as what is in them.
class Table {
public:
    struct Heading {
        std::string text;
        bool right = false; // -aligned
    };

    explicit Table(std::vector<Heading> headings) : headings_{std::move(headings)} {}

    // As many as there are headings.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    void print(std::ostream& out, TableLook look = {}) const;

private:
    std::vector<Heading> headings_;
    std::vector<std::vector<std::string>> rows_;
};

Table table_of(const std::vector<crex::Object>& objects, const std::vector<const Column*>& columns);

} // namespace cli
