// SPDX-License-Identifier: BSL-1.0
#include "top/top_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "failure.hpp"
#include "objects/naming.hpp"
#include "text/columns.hpp"
#include "text/json.hpp"
#include "text/table.hpp"

namespace cli {
namespace {

constexpr std::size_t bar_width = 10;

// How full the object is, from 0 to 1; negative for an object that cannot be full.
double fill_of(const Activity& activity) {
    const auto& [messages, most] =
        std::pair{activity.object.messages, activity.object.max_messages};
    return messages && most && *most != 0
               ? std::min(1.0, static_cast<double>(*messages) / static_cast<double>(*most))
               : -1;
}

// Not empty if there is one message among many places.
Cell bar_of(const Activity& activity) {
    const double fill = fill_of(activity);
    if (fill < 0) {
        return {no_value};
    }
    const auto length = static_cast<std::size_t>(std::ceil(fill * bar_width));
    constexpr double much = 0.5;
    constexpr double nearly_all = 0.9;
    const Colour colour = fill >= nearly_all ? Colour::red
                          : fill >= much     ? Colour::yellow
                                             : Colour::green;
    std::string bar{"["};
    bar.append(length, '|').append(bar_width - length, ' ').append("]");
    return {bar, colour};
}

// "0", "12", "3.4k", "56M"
std::string short_count(double count) {
    constexpr double step = 1000;
    constexpr double precise_below = 10;
    const char* unit = " kMGT";
    for (; count >= step - 0.5 && unit[1] != '\0'; ++unit) {
        count /= step;
    }
    const bool with_tenths = *unit != ' ' && count < precise_below;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), with_tenths ? "%.1f" : "%.0f", count);
    return std::string{text.data()}.append(*unit == ' ' ? 0 : 1, *unit);
}

Cell rate_cell(const std::optional<double>& rate) { return {rate ? short_count(*rate) : no_value}; }

// The column of that name of crex ls.
TopColumn same_as(const std::string& name) {
    const Column* const column = parse_columns(name).front();
    return {column->name, column->heading, column->is_number,
            [column](const Activity& activity) {
                std::string text = column->text(activity.object);
                const Colour colour = colour_of(text);
                return Cell{std::move(text), colour};
            },
            [column](const Activity& a, const Activity& b) {
                return is_before(a.object, b.object, *column);
            }};
}

template <class Number>
TopColumn own(const char* name, const char* heading, bool is_number, Cell (*cell)(const Activity&),
              Number number) {
    return {name, heading, is_number, cell,
            [number](const Activity& a, const Activity& b) { return number(a) > number(b); }};
}

double sends_of(const Activity& activity) { return activity.sends.value_or(-1); }
double receives_of(const Activity& activity) { return activity.receives.value_or(-1); }

std::string command_text(const Activity& activity) {
    static const Column* const command = parse_columns("command").front();
    return command->text(activity.object);
}

bool passes(const Activity& activity, const TopView& view) {
    return (!view.state || activity.object.state == *view.state) &&
           (view.filter.empty() ||
            printable(full_name(activity.object)).find(view.filter) != std::string::npos ||
            command_text(activity).find(view.filter) != std::string::npos);
}

} // namespace

const std::vector<TopColumn>& top_columns() {
    static const std::vector<TopColumn> all{
        same_as("kind"),
        same_as("name"),
        same_as("state"),
        same_as("users"),
        own("depth", "DEPTH", false, bar_of, fill_of),
        same_as("msgs"),
        own(
            "sends", "SENDS/S", true, [](const Activity& a) { return rate_cell(a.sends); },
            sends_of),
        own(
            "receives", "RECVS/S", true, [](const Activity& a) { return rate_cell(a.receives); },
            receives_of),
        same_as("waiters"),
        same_as("value"),
        same_as("size"),
        same_as("age"),
        same_as("command"),
    };
    return all;
}

std::size_t top_column_called(const std::string& name) {
    const auto& all = top_columns();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const TopColumn& column) { return column.name == name; });
    if (found == all.end()) {
        std::string known;
        for (const TopColumn& column : all) {
            known.append(known.empty() ? ", only " : ", ").append(column.name);
        }
        throw UsageError{"there is no column " + name + known};
    }
    return static_cast<std::size_t>(found - all.begin());
}

std::vector<const Activity*> shown(const Sample& sample, const TopView& view) {
    std::vector<const Activity*> result;
    for (const Activity& activity : sample.objects) {
        if (passes(activity, view)) {
            result.push_back(&activity);
        }
    }
    for (const std::size_t by :
         {top_column_called("name"), top_column_called("kind"), view.sorted_by}) {
        std::stable_sort(result.begin(), result.end(), [&](const Activity* a, const Activity* b) {
            return top_columns()[by].is_before(*a, *b);
        });
    }
    if (view.reversed) {
        std::reverse(result.begin(), result.end());
    }
    return result;
}

std::string summary_of(const Sample& sample) {
    const std::size_t count = sample.objects.size();
    std::string text = std::to_string(count).append(count == 1 ? " object" : " objects");
    const char* before = ": ";
    for (const auto state :
         {crex::ObjectState::in_use, crex::ObjectState::stale, crex::ObjectState::unknown}) {
        const auto so = std::count_if(sample.objects.begin(), sample.objects.end(),
                                      [&](const Activity& a) { return a.object.state == state; });
        if (so != 0) {
            text.append(std::exchange(before, ", ")).append(std::to_string(so)).append(" ");
            text.append(crex::to_string(state));
        }
    }
    return text;
}

void print_json(std::ostream& out, const Sample& sample, const TopView& view) {
    Json objects = Json::array();
    for (const Activity* const activity : shown(sample, view)) {
        Json& object = objects.emplace_back(json_of(activity->object));
        object["sends_per_second"] = or_null(activity->sends);
        object["receives_per_second"] = or_null(activity->receives);
        if (sample.is_at_server) { // which knows roles, and no files
            for (const char* const key :
                 {"owner", "owner_name", "size", "key", "device", "inode", "linked", "users"}) {
                object.erase(key);
            }
            object["handles"] = activity->object.users.size();
        }
    }
    out << dumped({{"version", 1},
                   {"complete", sample.limitations.empty()},
                   {"limitations", sample.limitations},
                   {"objects", std::move(objects)}},
                  2)
        << '\n';
}

void print(std::ostream& out, const Sample& sample, const TopView& view) {
    std::vector<Table::Heading> headings;
    for (const TopColumn& column : top_columns()) {
        headings.push_back({column.heading, column.is_number, can_be_cut(column.name)});
    }
    Table table{std::move(headings)};
    for (const Activity* const activity : shown(sample, view)) {
        std::vector<std::string> row;
        for (const TopColumn& column : top_columns()) {
            row.push_back(column.cell(*activity).text);
        }
        table.add(std::move(row));
    }
    table.print(out);
}

void print_cells(std::ostream& out, const Activity& activity) {
    Table table{{{""}, {""}}};
    for (const TopColumn& column : top_columns()) {
        if (std::string text = column.cell(activity).text; text != no_value) {
            table.add({column.name, std::move(text)});
        }
    }
    table.print(out, {.headings = false, .colours = false, .cut_to_terminal = false});
}

} // namespace cli
