// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include <crex/inventory.hpp>

#include "invocation.hpp"

namespace cli {
namespace {

ExitStatus run(const Invocation&) {
    for (const crex::Object& object : crex::take_inventory().objects) {
        std::cout << crex::to_string(object.kind) << ' ' << object.name << ' '
                  << crex::to_string(object.state) << '\n';
    }
    return fine;
}

} // namespace

extern const Verb ls{
    .name = "ls",
    .arguments = "[sem|shm|mq|sysv|all]",
    .at_least = 0,
    .at_most = 1,
    .summary = "list the objects on this machine",
    .description = "Lists every object, whoever made it.",
    .options = {},
    .more = {},
    .completes = Completes::kinds,
    .run = run,
};

} // namespace cli
