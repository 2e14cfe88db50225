// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <iostream>
#include <string_view>

#include <crex/inventory.hpp>

#include "invocation.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "text/columns.hpp"
#include "text/describe.hpp"
#include "text/json.hpp"
#include "text/table.hpp"

namespace cli {
namespace {

std::vector<crex::Object> chosen(const Invocation& given, std::vector<crex::Object> objects) {
    const auto is_of_kind =
        kinds_called(given.arguments().empty() ? "all" : given.arguments().front());
    const auto user = given.value("user");
    const auto owner = user ? std::optional{user_called(*user)} : std::nullopt;
    const bool any_state = !given.has("stale") && !given.has("in-use");
    std::erase_if(objects, [&](const crex::Object& object) {
        const bool right_state = any_state ||
                                 (given.has("stale") && object.state == crex::ObjectState::stale) ||
                                 (given.has("in-use") && object.state == crex::ObjectState::in_use);
        return !is_of_kind(object.kind) || !right_state || (owner && object.owner != *owner);
    });
    return objects;
}

void in_order(const Invocation& given, std::vector<crex::Object>& objects) {
    const auto by = parse_columns(given.value("sort").value_or("kind,name"));
    for (auto column = by.rbegin(); column != by.rend(); ++column) {
        sort(objects, **column);
    }
    if (given.has("reverse")) {
        std::reverse(objects.begin(), objects.end());
    }
}

void print_json(const crex::Inventory& inventory, const std::vector<crex::Object>& objects) {
    Json all{{"version", 1},
             {"complete", inventory.limitations.empty()},
             {"limitations", inventory.limitations},
             {"saw_all_processes", inventory.saw_all_processes},
             {"objects", Json::array()}};
    for (const crex::Object& object : objects) {
        all["objects"].push_back(json_of(object));
    }
    std::cout << dumped(all, 2) << '\n';
}

// Names are not escaped: for xargs(1) -0.
void print_raw(const Invocation& given, const std::vector<crex::Object>& objects) {
    const auto columns = given.has("columns") ? parse_columns(*given.value("columns"))
                                              : std::vector<const Column*>{};
    for (const crex::Object& object : objects) {
        const char* before = "";
        for (const Column* const column : columns) {
            const bool is_name = std::string_view{column->name} == "name";
            std::cout << before << (is_name ? object.name : column->text(object));
            before = "\t";
        }
        std::cout << (columns.empty() ? full_name(object) : "") << '\0';
    }
}

void print(const Invocation& given, const crex::Inventory& inventory,
           const std::vector<crex::Object>& objects) {
    const auto columns = parse_columns(given.value("columns").value_or(usual_columns));
    if (given.has("null")) {
        print_raw(given, objects);
    } else if (given.has("json")) {
        print_json(inventory, objects);
    } else if (given.has("jsonl")) {
        for (const crex::Object& object : objects) {
            std::cout << dumped(json_of(object)) << '\n';
        }
    } else {
        table_of(objects, columns).print(std::cout, {.headings = !given.has("no-headings")});
    }
}

// A server knows less of its objects.
void list_at_server(const Invocation& given) {
    expect_none_of(given,
                   {"columns", "sort", "reverse", "stale", "in-use", "user", "null", "jsonl"});
    if (!given.arguments().empty()) {
        throw UsageError{"--at lists all kinds"};
    }
    print_objects_at_server(given);
}

ExitStatus run_ls(const Invocation& given) {
    if (given.has("at")) {
        list_at_server(given);
        return fine;
    }
    crex::Inventory inventory = crex::list_objects();
    if (!proc_is_there()) {
        inventory.limitations.emplace_back(no_proc);
    }
    auto objects = chosen(given, std::move(inventory.objects));
    in_order(given, objects);
    print(given, inventory, objects);
    std::cout.flush();
    for (const std::string& limitation : inventory.limitations) {
        std::cerr << "crex ls: the list is partial: " << limitation << '\n';
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
    .description =
        R"(Lists every object that exists, whichever program made it: POSIX semaphores (sem),
shared memory (shm), the kernel's message queues (mq), Boost's (boost-mq), crex's robust objects
(crex-sem, crex-mq, crex-ring), and System V's (sysv-sem, sysv-shm, sysv-mq). A kind may be given in
place of a family.

STATE is in-use when a living process has the object; stale when it is certain that no process has
it; and unknown when none was found but that proves nothing. Of a file, the kernel tells its owner
and root whether any process has it. For other users' files, all processes would have to be
inspected; that is impossible for ordinary users, in containers and with hidepid. crex's own objects
are never unknown to a user that may read them, and neither is System V's shared memory. Which
process will use a System V semaphore or queue next, cannot be known.

A file that was unlinked and that a process still has is listed as /NAME (deleted).

Stale describes this moment: a running program may still come back to the name. PostgreSQL keeps
shared memory that none of its processes has mapped for a while.

Listing does no harm: files are read and not mapped, and nothing is opened for use.

With --at, the queues and semaphores in a PostgreSQL database are listed that the role may use, with
the number of handles that are open, the role that created each, and its mode.)",
    .options =
        {
            {"columns,o", "LIST", "show these, separated by commas; see COLUMNS"},
            {"sort,s", "LIST", "sort by these columns, numbers from large to small"},
            {"reverse,r", nullptr, "the other way round"},
            {"stale", nullptr, "only objects that are stale"},
            {"in-use", nullptr, "only objects that are in use"},
            {"user,u", "USER", "only what belongs to USER, a name or number"},
            {"no-headings", nullptr, "without the first line"},
            at_option,
            {"null,0", nullptr,
             "KIND:NAME of each, or the --columns with tabulators between them, its bytes as they "
             "are, and a zero byte: for xargs -0"},
            {"json", nullptr, "as one JSON object; see JSON"},
            {"jsonl", nullptr, "as one JSON object a line, one for each object"},
        },
    .more = {{"COLUMNS",
              R"( kind      sem, shm, mq, ...
 name      with its slash, as the system has it; a number for System V's
 state     in-use, stale or unknown
 users     how many processes were found that use it
 owner     the user to whom it belongs
 perms     its permissions
 size      of its memory
 value     of a semaphore
 msgs      how many messages are in a queue, and how many there can be
 age       since it was made; of System V's, since that or the last change
 command   of the first user
 sent, received  messages ever, of a robust queue or a ring
 redelivered, dead_lettered, quarantined  of a robust queue, see crex-mq-stat(1)
 recoveries  how often a robust queue or semaphore was recovered after a death
 waiters   how many wait for a semaphore; "some" of a robust object
 pids bytes msgsize key inode created problem

The last five lines are shown only when asked for.)"},
             {"JSON",
              R"({"version": 1, "complete": ..., "limitations": [...], "saw_all_processes": ...,
"objects": [...]}. Each object has kind, name, linked, state, users (a list of pid, maps, open,
takes_part), owner (a number), owner_name, perms ("0600"), size, value, messages, max_messages,
max_message_size, sent, received, redelivered, dead_lettered, recoveries, quarantined, waiters, key, device, inode, created (seconds since 1970) and
problem, and shown, the name as crex ls shows it: with bytes that are no UTF-8, control characters
and backslashes as \xHH. Each verb accepts a name in this form. In name, bytes that are no UTF-8 are
replaced. What an object does not have, or what cannot be known, is null. Members may be added; the
existing ones stay as they are while the version is 1.)"},
             {"EXAMPLES",
              R"( crex ls --stale -o name,age,size --sort size
 crex ls mq --jsonl | jq 'select(.messages > 0).name'
 crex ls --stale -0 | xargs -0r crex rm --)"}},
    .completes = Completes::kinds,
    .run = run_ls,
};

} // namespace cli
