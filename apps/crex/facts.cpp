// SPDX-License-Identifier: BSL-1.0
#include "facts.hpp"

#include "columns.hpp"
#include "describe.hpp"
#include "naming.hpp"

namespace cli {

Table table_of(const std::vector<crex::ObjectUser>& users) {
    Table table{{{"PID", true}, {"USER"}, {"HOW"}, {"SINCE"}, {"COMMAND"}}};
    for (const crex::ObjectUser& user : users) {
        const auto details = crex::describe_process(user.pid);
        table.add({user.pid == 0 ? "?" : std::to_string(user.pid),
                   details ? user_name(details->owner) : no_value, how_used(user),
                   details && details->started ? moment(*details->started) : no_value,
                   details ? printable(details->command) : "out of sight"});
    }
    return table;
}

void print_facts(std::ostream& out, const crex::Object& object, TableLook look) {
    Table table{{{""}, {""}}};
    for (const Column& column : columns()) {
        const std::string text = column.text(object);
        if (text != no_value) {
            table.add({column.name, text});
        }
    }
    look.headings = false;
    table.print(out, look);
    if (!object.users.empty()) {
        out << '\n';
        look.headings = true;
        table_of(object.users).print(out, look);
    }
}

} // namespace cli
