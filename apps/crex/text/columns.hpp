// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <crex/inventory.hpp>

namespace cli {

// One property of an object: a column of `crex ls`, a line of `crex show`.
struct Column {
    const char* name; // for -o
    const char* heading;
    bool is_number; // right-aligned; sorted by `rank`
    std::string (*text)(const crex::Object&);
    std::uint64_t (*rank)(const crex::Object&);
};

const std::vector<Column>& columns();

// "kind,name,state". Throws UsageError with the names that there are.
std::vector<const Column*> parse_columns(const std::string& names);

// The columns of a table, unless others were asked for.
inline constexpr const char* usual_columns =
    "kind,name,state,users,owner,perms,size,value,msgs,age,command";

// Whether the column is a text of any length: a table cuts it to fit a terminal.
bool can_be_cut(std::string_view column);

// Whether `a` comes before `b` when sorted by that column; a stable sort keeps equal ones in order.
bool is_before(const crex::Object& a, const crex::Object& b, const Column& by);

void sort(std::vector<crex::Object>& objects, const Column& by);

// Shown where there is no value.
inline constexpr const char* no_value = "-";

} // namespace cli
