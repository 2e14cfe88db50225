// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cstdio>
#include <iostream>

#include <crex/postgres.hpp>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "text/json.hpp"
#include "text/table.hpp"

// What is at a server, for crex ls.

namespace cli {
namespace {

// The words of this machine's objects.
std::string kind_of(const crex::PostgresObject& object) {
    return object.is_queue ? "crex-mq" : "crex-sem";
}

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

std::vector<std::string> row_of(const crex::PostgresObject& object) {
    const std::string messages =
        std::to_string(object.messages) + "/" + std::to_string(object.max_messages);
    return {kind_of(object),
            printable(object.name),
            std::to_string(object.handles),
            object.owner,
            octal(object.mode),
            object.is_queue ? messages : "-",
            object.is_queue ? "-" : std::to_string(object.ready)};
}

Json json_of(const crex::PostgresObject& object) {
    Json result{{"kind", kind_of(object)},
                {"name", object.name},
                {"role", object.owner},
                {"mode", octal(object.mode)},
                {"handles", object.handles}};
    if (object.is_queue) {
        result["messages"] = object.messages;
        result["leased"] = object.messages - object.ready;
        result["max_messages"] = object.max_messages;
    } else {
        result["value"] = object.ready;
    }
    return result;
}

} // namespace

void print_objects_at_server(const Invocation& given) {
    const crex::PostgresServer server{parameters_of(given)};
    const auto objects = server.list_objects();
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

} // namespace cli
