// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <iostream>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/server_in_postgres.hpp"
#include "objects/target.hpp"
#include "text/describe.hpp"
#include "text/table.hpp"

// One object at a server and its users, for crex show and crex who.

namespace cli {
namespace {

// What "NAME", "crex-mq:NAME" or "crex-sem:NAME" means.
crex::PostgresObject find(const std::string& text,
                          const std::vector<crex::PostgresObject>& objects) {
    const bool is_semaphore = text.starts_with("crex-sem:");
    const std::string name = name_of(text, is_semaphore ? crex::ObjectKind::robust_semaphore
                                                        : crex::ObjectKind::robust_queue);
    const bool says_which = is_semaphore || text.starts_with("crex-mq:");
    std::vector<crex::PostgresObject> found;
    std::copy_if(objects.begin(), objects.end(), std::back_inserter(found), [&](const auto& each) {
        return each.name == name && (!says_which || each.is_queue != is_semaphore);
    });
    if (found.empty()) {
        throw Failure{not_there, printable(text) + ": the server has no object of that name that "
                                                   "this role may use"};
    }
    if (found.size() > 1) {
        throw UsageError{printable(name) + " is a queue and a semaphore; say which: crex-mq:" +
                         printable(name) + " or crex-sem:" + printable(name)};
    }
    return found.front();
}

std::vector<crex::PostgresUser> users_of(const crex::PostgresObject& object,
                                         const crex::PostgresServer& server) {
    auto users = server.list_users(object.name);
    std::erase_if(users, [&](const auto& user) { return user.of_queue != object.is_queue; });
    return users;
}

Table table_of(const std::vector<crex::PostgresUser>& users) {
    Table table{{{"HOST", false, true},
                 {"PID", true},
                 {"ROLE"},
                 {"HANDLES", true},
                 {"LEASES", true},
                 {"PERMITS", true},
                 {"WAITS"}}};
    for (const auto& user : users) {
        table.add({printable(user.host), std::to_string(user.pid), user.role,
                   std::to_string(user.handles), std::to_string(user.leases),
                   std::to_string(user.permits), user.waits ? "yes" : "no"});
    }
    return table;
}

Json json_of(const std::vector<crex::PostgresUser>& users) {
    Json all = Json::array();
    for (const auto& user : users) {
        all.push_back({{"host", user.host},
                       {"pid", user.pid},
                       {"role", user.role},
                       {"handles", user.handles},
                       {"leases", user.leases},
                       {"permits", user.permits},
                       {"waits", user.waits}});
    }
    return all;
}

void print_facts(const crex::PostgresObject& object) {
    Table table{{{""}, {""}}};
    const auto add = [&](const char* name, std::uint64_t number) {
        table.add({name, std::to_string(number)});
    };
    table.add({"kind", kind_of(object)});
    table.add({"name", printable(object.name)});
    table.add({"role", object.owner});
    table.add({"perms", octal(object.mode)});
    table.add({"created", moment(object.created)});
    add("handles", object.handles);
    add("waiters", object.waiters);
    if (object.is_queue) {
        table.add(
            {"msgs", std::to_string(object.messages) + "/" + std::to_string(object.max_messages)});
        add("leased", object.messages - object.ready);
        add("sent", object.sent);
        add("received", object.received);
    } else {
        add("value", object.ready);
    }
    table.print(std::cout, {.headings = false, .cut_to_terminal = false});
}

} // namespace

void print_facts_at_server(const Invocation& given) {
    const crex::PostgresServer& server = postgres_server_of(given);
    const auto objects = server.list_objects();
    Json all = Json::array();
    bool first = true;
    for (const std::string& name : given.arguments()) {
        const auto object = find(name, objects);
        const auto users = users_of(object, server);
        if (given.has("json")) {
            all.push_back(json_of(object));
            all.back()["users"] = json_of(users);
            continue;
        }
        std::cout << (first ? "" : "\n");
        first = false;
        print_facts(object);
        if (!users.empty()) {
            std::cout << '\n';
            table_of(users).print(std::cout);
        }
    }
    if (given.has("json")) {
        std::cout << dumped({{"version", 1}, {"objects", all}}, 2) << '\n';
    }
}

ExitStatus print_users_at_server(const Invocation& given) {
    const crex::PostgresServer& server = postgres_server_of(given);
    const auto object = find(given.arguments().front(), server.list_objects());
    const auto users = users_of(object, server);
    if (given.has("json")) {
        std::cout << dumped({{"version", 1},
                             {"name", object.name},
                             {"kind", kind_of(object)},
                             {"users", json_of(users)}},
                            2)
                  << '\n';
    } else if (!users.empty()) {
        table_of(users).print(std::cout);
    }
    return users.empty() ? no : fine;
}

} // namespace cli
