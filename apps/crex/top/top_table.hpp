// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "text/colours.hpp"
#include "top/activity.hpp"

// What crex top shows, on every kind of output: which objects, in which order, in which columns.

namespace cli {

struct Cell {
    std::string text;
    Colour colour = Colour::none;
};

struct TopColumn {
    std::string name; // for --sort
    std::string heading;
    bool is_number; // right-aligned
    std::function<Cell(const Activity&)> cell;
    std::function<bool(const Activity&, const Activity&)> is_before; // when sorted by it
};

// The most important ones first, for narrow screens.
const std::vector<TopColumn>& top_columns();

// An index of top_columns(). Throws UsageError for an unknown name.
std::size_t top_column_called(const std::string& name);

struct TopView {
    std::size_t sorted_by = top_column_called("sends");
    bool reversed = false;
    std::string filter;                     // a part of the name, with its kind, or of the command
    std::optional<crex::ObjectState> state; // only these
};

std::vector<const Activity*> shown(const Sample& sample, const TopView& view);

// "42 objects: 30 in-use, 8 stale, 4 unknown"
std::string summary_of(const Sample& sample);

// The sample as text, for output that is no terminal.
void print_json(std::ostream& out, const Sample& sample, const TopView& view);
void print(std::ostream& out, const Sample& sample, const TopView& view);

// The columns of one object, a line each.
void print_cells(std::ostream& out, const Activity& activity);

} // namespace cli
