// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "invocation.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "text/describe.hpp"
#include "text/facts.hpp"
#include "text/json.hpp"

namespace cli {
namespace {

Json json_of_user(const crex::ObjectUser& user) {
    using Seconds = std::chrono::duration<double>;
    const auto details = crex::describe_process(user.pid);
    const bool dated = details && details->started;
    return {{"pid", user.pid == 0 ? Json(nullptr) : Json(user.pid)},
            {"user", details ? Json(user_name(details->owner)) : Json(nullptr)},
            {"maps", user.maps},
            {"open", user.has_open},
            {"takes_part", user.takes_part},
            {"since",
             dated ? Json(Seconds{details->started->time_since_epoch()}.count()) : Json(nullptr)},
            {"command", details ? Json(details->command) : Json(nullptr)}};
}

void print_users(const crex::Object& object) {
    Json users = Json::array();
    for (const crex::ObjectUser& user : object.users) {
        users.push_back(json_of_user(user));
    }
    std::cout << dumped({{"version", 1},
                         {"name", object.name},
                         {"kind", to_string(object.kind)},
                         {"state", to_string(object.state)},
                         {"users", users}},
                        2)
              << '\n';
}

ExitStatus run_who(const Invocation& given) {
    if (given.has("at")) {
        return print_users_at_server(given);
    }
    const auto inventory = crex::list_objects();
    const crex::Object object = the_one_meant_by(given.arguments().front(), inventory);
    if (given.has("json")) {
        print_users(object);
    } else if (!object.users.empty()) {
        table_of(object.users).print(std::cout);
    }
    if (object.state == crex::ObjectState::unknown) {
        std::cout.flush();
        std::cerr << "crex who: no process was found, but " << why_unknown(object) << '\n';
    }
    return object.users.empty() ? no : fine;
}

} // namespace

extern const Verb who{
    .name = "who",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "show the processes that use an object",
    .description =
        R"(Lists the processes that use an object: process id, user, how they use it, since when
they run, and their command lines. A process uses an object that it has mapped or open; it takes
part in one of crex's when it has a handle on it. A question mark stands for a process that is out
of sight (another user's, or in another PID namespace), which only its lock on the object, or the
kernel, shows.

With --at, it lists the processes that have an object at a server open, on any machine: host and
process id as they gave them, the role, and how many handles, leases and permits each has.

The exit status is 1 when no process was found.)",
    .options = {{"json", nullptr,
                 "as JSON: users is a list of pid, user, maps, open, takes_part, "
                 "since, command"},
                at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_who,
};

} // namespace cli
