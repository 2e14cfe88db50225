// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <thread>

#include "invocation.hpp"
#include "io/reader.hpp"
#include "objects/condition.hpp"
#include "objects/naming.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

// The object as it is now; nothing when there is none.
std::optional<crex::Object> look(const std::string& name, bool at_users) {
    const auto inventory = crex::list_objects({.users = at_users});
    if (meant_by(name, inventory.objects).empty()) {
        expect_not_hidden(name, inventory);
        return std::nullopt;
    }
    return the_one_meant_by(name, inventory);
}

ExitStatus run_watch(const Invocation& given) {
    const Condition condition{given.value("until").value_or("exists")};
    const crex::Timeout timeout{
        given.duration("timeout").value_or(std::chrono::nanoseconds::max())};
    const auto pause =
        std::max<std::chrono::nanoseconds>(given.duration("every").value_or(50ms), 1ms);
    const auto begin = std::chrono::steady_clock::now();
    const std::string& name = given.arguments().front();
    expect_possible(name);
    notice_gone_reader();
    while (!condition.holds(look(name, condition.needs_users()))) {
        const auto left = timeout.limit() - (std::chrono::steady_clock::now() - begin);
        if (!timeout.is_forever() && left <= 0ns) {
            throw Failure{busy, printable(name) + ": not " + condition.text() + " in time"};
        }
        std::this_thread::sleep_for(timeout.is_forever() ? pause : std::min(pause, left));
    }
    return fine;
}

} // namespace

extern const Verb watch{
    .name = "watch",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "wait until a condition holds for an object",
    .description =
        R"(Looks at an object again and again until the condition holds. The conditions are

 exists  gone  in-use  stale
 msgs>0  value>=2  users==1  size!=4096

with one of > >= < <= == != between what crex ls calls msgs, value, users or size, and a number. A
value that an object does not have compares as false. So does everything for an object that does not
exist, except gone.)",
    .options = {{"until", "CONDITION", "what to wait for; exists, unless given"},
                {"timeout,t", "DURATION", "give up after that long, with exit status 75"},
                {"every", "DURATION", "how often to look; 50ms, unless given"}},
    .more = {{"EXAMPLES", " crex watch /jobs --until 'msgs>0' --timeout 5s && work"}},
    .completes = Completes::names,
    .run = run_watch,
};

} // namespace cli
