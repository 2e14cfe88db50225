// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "invocation.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/sysv_details.hpp"
#include "text/facts.hpp"
#include "text/json.hpp"

namespace cli {
namespace {

ExitStatus run_show(const Invocation& given) {
    if (given.has("at")) {
        print_facts_at_server(given);
        return fine;
    }
    const auto inventory = crex::list_objects();
    Json all = Json::array();
    bool first = true;
    for (const std::string& name : given.arguments()) {
        const crex::Object object = the_one_meant_by(name, inventory);
        if (given.has("json")) {
            all.push_back(json_of(object));
            if (Json details = sysv_details(object); !details.is_null()) {
                all.back()["sysv"] = std::move(details);
            }
            continue;
        }
        std::cout << (first ? "" : "\n");
        first = false;
        print_facts(std::cout, object);
    }
    if (given.has("json")) {
        std::cout << dumped({{"version", 1}, {"objects", all}}, 2) << '\n';
    }
    return fine;
}

} // namespace

extern const Verb show{
    .name = "show",
    .arguments = "NAME...",
    .at_least = 1,
    .at_most = Verb::any_number,
    .summary = "show all that is known of an object",
    .description =
        R"(Shows everything that crex ls could show of an object, and its users as crex who does;
of System V's objects also what ipcs -i and lsipc show: creator, last users and times, and the
value, waiters and last user of each semaphore of a set. If the state is unknown, crex says why.

A problem means that the object has a name of its kind, but its bytes are not those of its kind.

With --at, the processes that use it may be on other machines: host and pid are those that they gave
when they connected. Those of the dead are not shown.)",
    .options = {{"json", nullptr,
                 "as JSON, see crex-ls(1); System V's objects also have a member sysv"},
                at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_show,
};

} // namespace cli
