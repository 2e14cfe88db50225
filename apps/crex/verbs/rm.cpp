// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include <crex/error.hpp>
#include <crex/inventory.hpp>
#include <crex/robust_semaphore.hpp>

#include "invocation.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"

namespace cli {
namespace {

// Throws Failure with the reason when the object was not removed.
void expect_removed(const crex::Object& object, crex::Removal removal) {
    const std::string name = printable(full_name(object));
    switch (removal) {
    case crex::Removal::removed:
        return;
    case crex::Removal::gone:
        throw Failure{not_there, name + " is not there any more"};
    case crex::Removal::in_use:
        throw Failure{busy, name + " is in use (crex who tells by whom); --force removes it "
                                   "all the same"};
    case crex::Removal::unproven:
        throw Failure{busy, "it is not certain that no process uses " + name +
                                "; --force removes it all the same"};
    }
}

void remove(const std::string& name, const crex::Inventory& inventory, bool by_force) {
    const crex::Object object = the_one_meant_by(name, inventory);
    expect_removed(object, by_force ? crex::remove(object) : crex::remove_if_stale(object));
}

// Ends the object for all its users.
void remove_at(crex::Server& server, const std::string& text) {
    const bool is_queue = !text.starts_with("crex-sem:");
    const bool is_semaphore = !text.starts_with("crex-mq:");
    const std::string name = name_of(text, is_queue ? crex::ObjectKind::robust_queue
                                                    : crex::ObjectKind::robust_semaphore);
    const bool has_queue = is_queue && crex::inspect_message_queue(name, server);
    const bool has_semaphore = is_semaphore && crex::inspect_robust_semaphore(name, server);
    if (has_queue && has_semaphore) {
        throw UsageError{printable(name) + " is a queue and a semaphore; say which: crex-mq:" +
                         printable(name) + " or crex-sem:" + printable(name)};
    }
    if (has_semaphore) {
        crex::unlink_robust_semaphore(name, server);
    } else {
        crex::unlink_message_queue(name, server);
    }
}

// One after the other, as rm(1): an object that fails does not stop the others.
ExitStatus run_rm(const Invocation& given) {
    crex::Server* const server = server_of(given);
    if (server != nullptr && !given.has("force")) {
        throw UsageError{"--at: removing an object at a server ends it for its users; --force "
                         "says that this is right"};
    }
    const auto inventory = server != nullptr ? crex::Inventory{} : crex::list_objects();
    ExitStatus worst = fine;
    for (const std::string& name : given.arguments()) {
        try {
            server != nullptr ? remove_at(*server, name)
                              : remove(name, inventory, given.has("force"));
            if (given.has("verbose")) {
                std::cout << "removed " << printable(name) << '\n';
            }
        } catch (const std::exception& error) {
            worst = worst == fine ? status_of(error) : worst;
            std::cout.flush();
            std::cerr << "crex rm: " << error.what() << '\n';
        }
    }
    return worst;
}

} // namespace

extern const Verb rm{
    .name = "rm",
    .arguments = "NAME...",
    .at_least = 1,
    .at_most = Verb::any_number,
    .summary = "remove objects that no process uses",
    .description =
        R"(Removes the objects named, each only if it is stale (see crex-ls(1)): an object that is
in use, or may be, is left alone and is an error, unless --force is given. Then it is removed as
with unlink(2) and ipcrm(1): processes that have it open go on with it.

Between looking and removing, a robust object cannot be opened. Another file is moved aside, looked
at again, and put back if it is used; for this time, 0.2 ms for its owner and root and milliseconds
for other users, its name does not exist. A kernel queue is looked at once more, and then removed.

The exit status is that of the first error: 66 for an object that does not exist, 75 for one that is
in use, 77 for one that may not be removed.)",
    .options = {at_option,
                {"force,f", nullptr, "also what is in use, or may be"},
                {"verbose,v", nullptr, "say what was removed"}},
    .more = {{"EXAMPLES", " crex rm /turn shm:/buffer\n crex rm -f key:0x5354 sysv-sem:7"}},
    .completes = Completes::names,
    .run = run_rm,
};

} // namespace cli
