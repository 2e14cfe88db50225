// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <iostream>
#include <utility>

#include "invocation.hpp"
#include "objects/leftovers.hpp"
#include "objects/naming.hpp"
#include "text/columns.hpp"
#include "text/describe.hpp"
#include "text/table.hpp"

namespace cli {
namespace {

// Whether the object is old enough. An object of unknown age is not.
bool is_older(const crex::Object& object, std::optional<std::chrono::nanoseconds> limit) {
    const auto age = age_of(object);
    return !limit || (age && *age >= *limit);
}

void check(const Invocation& given) {
    if (given.value("prefix") == "") {
        throw UsageError{"--prefix: everything begins with nothing"};
    }
    if (given.has("all") && !given.has("prefix")) {
        throw UsageError{
            "--all requires a --prefix: crex cannot judge files that other programs have created"};
    }
    if (given.has("with-content") && !given.has("older")) {
        throw UsageError{"--with-content requires --older: a receiver may be waiting for messages"};
    }
}

bool has_prefix(const std::optional<std::string>& prefix, crex::Object object) {
    object.name = name_before(object);
    return !prefix || begins_with(*prefix, object);
}

// Gives the files that an earlier removal has left aside their names back.
void put_back(const std::vector<crex::Object>& objects, const Invocation& given) {
    for (const crex::Object& object : objects) {
        if (is_set_aside(object) && !is_stale(object) &&
            has_prefix(given.value("prefix"), object)) {
            crex::remove_if_stale(object);
        }
    }
}

std::vector<crex::Object> candidates(const Invocation& given, std::vector<crex::Object> objects) {
    const auto limit = given.duration("older");
    std::erase_if(objects, [&](const crex::Object& object) {
        const bool is_one =
            given.has("all") || is_set_aside(object) ? is_stale(object) : is_left_over(object);
        return !is_one || !has_prefix(given.value("prefix"), object) || !is_older(object, limit) ||
               (object.may_have_content && !given.has("with-content"));
    });
    return objects;
}

bool agreed() {
    std::cout << "Remove? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

const char* word_for(crex::Removal removal) {
    switch (removal) {
    case crex::Removal::removed:
        return "removed";
    case crex::Removal::gone:
        return "gone by now:";
    case crex::Removal::in_use:
        return "in use by now:";
    case crex::Removal::unproven:
        break;
    }
    return "not certainly unused:";
}

ExitStatus remove(const std::vector<crex::Object>& objects) {
    ExitStatus worst = fine;
    for (const crex::Object& object : objects) {
        try {
            const char* const word = word_for(crex::remove_if_stale(object));
            std::cout << word << ' ' << printable(full_name(object)) << '\n';
        } catch (const std::exception& error) {
            worst = status_of(error);
            std::cout.flush();
            std::cerr << "crex gc: " << error.what() << '\n';
        }
    }
    return worst;
}

ExitStatus run_gc(const Invocation& given) {
    check(given);
    auto inventory = crex::list_objects();
    if (!given.has("dry-run")) {
        put_back(inventory.objects, given);
    }
    const auto objects = candidates(given, std::move(inventory.objects));
    if (objects.empty()) {
        std::cout << "nothing to remove\n";
        return fine;
    }
    const bool only_shows = given.has("dry-run");
    const bool asks = !given.has("yes") && !only_shows;
    if (asks || only_shows) {
        table_of(objects, parse_columns("kind,name,owner,size,msgs,age")).print(std::cout);
    }
    if (only_shows) {
        return fine;
    }
    return !asks || agreed() ? remove(objects) : no;
}

} // namespace

extern const Verb gc{
    .name = "gc",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "remove what is proven to be left over",
    .description =
        R"(Removes the objects that are stale (see crex-ls(1)): shows them and asks, or acts at
once with --yes. Removes only crex's own objects, unless --all is given, which also needs a
--prefix. A queue that has messages, or had messages when its last user died, is left alone unless
both --older and --with-content are given. Before --all, make sure that the programs called P are
not running: one of them may come back to an object that it does not use at the moment.

An object that is in use is never removed, nor is an object that is made anew under the same name:
crex looks at each object once more as it removes it, as crex-rm(1) says. What a killed gc has left
aside is removed, too, or gets its name back.

The exit status is 1 when the answer was no.)",
    .options = {{"yes,y", nullptr, "do not ask"},
                {"dry-run,n", nullptr, "only show what would be removed, even with --yes"},
                {"older", "DURATION", "only what was made at least that long ago"},
                {"prefix", "P", "only what is called P...; or KIND:P..., only of that kind"},
                {"all", nullptr, "not only crex's own; needs --prefix"},
                {"with-content", nullptr, "also queues with messages; needs --older"}},
    .more = {{"EXAMPLES",
              " crex gc\n crex gc --yes --older 1h\n crex gc --all --prefix shm:/test- --yes"}},
    .completes = Completes::nothing,
    .run = run_gc,
};

} // namespace cli
