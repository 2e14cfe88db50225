// SPDX-License-Identifier: BSL-1.0
#include "text/facts.hpp"

#include "objects/naming.hpp"
#include "objects/sysv_details.hpp"
#include "text/columns.hpp"
#include "text/describe.hpp"

namespace cli {

Table table_of(const std::vector<crex::ObjectUser>& users) {
    Table table{{{"PID", true}, {"USER"}, {"HOW"}, {"SINCE"}, {"COMMAND", false, true}}};
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
    if (object.state == crex::ObjectState::unknown) {
        table.add({"unknown", why_unknown(object)});
    }
    const Json details = sysv_details(object);
    for (const auto& [name, text] : sysv_facts(details)) {
        table.add({name, text});
    }
    table.print(out, {.headings = false, .colours = look.colours, .cut_to_terminal = false});
    if (const Table semaphores = sysv_semaphores(details); !semaphores.is_empty()) {
        out << '\n';
        semaphores.print(out, look);
    }
    if (!object.users.empty()) {
        out << '\n';
        table_of(object.users).print(out, look);
    }
}

} // namespace cli
