// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cstdio>
#include <functional>
#include <iostream>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/server_in_postgres.hpp"
#include "text/table.hpp"

// The objects at a server, for crex ls and crex top.

namespace cli {

std::string kind_of(const crex::PostgresObject& object) {
    return object.is_queue ? "crex-mq" : "crex-sem";
}

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

Json json_of(const crex::PostgresObject& object) {
    Json result{{"kind", kind_of(object)},   {"name", object.name},
                {"role", object.owner},      {"mode", octal(object.mode)},
                {"handles", object.handles}, {"waiters", object.waiters}};
    if (object.is_queue) {
        result["messages"] = object.messages;
        result["leased"] = object.messages - object.ready;
        result["max_messages"] = object.max_messages;
        result["sent"] = object.sent;
        result["received"] = object.received;
    } else {
        result["value"] = object.ready;
    }
    return result;
}

namespace {

std::vector<std::string> row_of(const crex::PostgresObject& object) {
    const std::string messages =
        std::to_string(object.messages) + "/" + std::to_string(object.max_messages);
    return {kind_of(object),
            printable(object.name),
            std::to_string(object.handles),
            object.owner,
            octal(object.mode),
            object.is_queue ? messages : no_value,
            object.is_queue ? no_value : std::to_string(object.ready)};
}

crex::Object as_on_this_machine(const crex::PostgresObject& object) {
    crex::Object result;
    result.kind =
        object.is_queue ? crex::ObjectKind::robust_queue : crex::ObjectKind::robust_semaphore;
    result.name = object.name;
    result.id = {0, std::hash<std::string>{}(object.name)};
    result.mode = object.mode;
    result.created = object.created;
    result.waiters = object.waiters;
    if (object.is_queue) {
        result.messages = object.messages;
        result.max_messages = object.max_messages;
        result.sent = object.sent;
        result.received = object.received;
    } else {
        result.value = object.ready;
    }
    result.state = object.handles != 0 ? crex::ObjectState::in_use : crex::ObjectState::stale;
    result.users.resize(object.handles, {.takes_part = true});
    return result;
}

} // namespace

void print_objects_at_server(const Invocation& given) {
    const auto objects = postgres_server_of(given).list_objects();
    if (given.has("json")) {
        Json all{{"version", 1}, {"objects", Json::array()}};
        for (const auto& object : objects) {
            all["objects"].push_back(json_of(object));
        }
        std::cout << dumped(all, 2) << '\n';
        return;
    }
    Table table{{{"KIND"},
                 {"NAME", false, true},
                 {"HANDLES", true},
                 {"ROLE"},
                 {"PERMS"},
                 {"MSGS/MAX", true},
                 {"VALUE", true}}};
    for (const auto& object : objects) {
        table.add(row_of(object));
    }
    table.print(std::cout, {.headings = !given.has("no-headings")});
}

crex::Inventory list_objects_at_server(const Invocation& given) {
    crex::Inventory inventory;
    for (const auto& object : postgres_server_of(given).list_objects()) {
        inventory.objects.push_back(as_on_this_machine(object));
    }
    inventory.saw_all_processes = true;
    return inventory;
}

} // namespace cli
