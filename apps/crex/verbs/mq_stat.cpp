// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "objects/server.hpp"
#include "objects/target.hpp"
#include "text/json.hpp"

namespace cli {
namespace {

Json facts_of(const crex::MessageQueue& queue) {
    Json facts{{"name", queue.name()},
               {"backend", to_string(queue.backend())},
               {"messages", queue.current_messages()},
               {"max_messages", queue.max_messages()},
               {"max_message_size", queue.max_message_size()}};
    if (has_leases(queue)) {
        const crex::MessageQueueStats stats = queue.stats();
        facts.update({{"sent", stats.sent},
                      {"received", stats.received},
                      {"redelivered", stats.redelivered},
                      {"dead_lettered", stats.dead_lettered},
                      {"recoveries", stats.recoveries},
                      {"quarantined", stats.quarantined},
                      {"participants", stats.participants - 1}, // without this one
                      {"shut_down", queue.is_shut_down()}});
    }
    return facts;
}

ExitStatus run_mq_stat(const Invocation& given) {
    const Json facts = facts_of(open_queue(given, May::receive));
    if (given.has("json")) {
        std::cout << dumped(facts, 2) << '\n';
        return fine;
    }
    for (const auto& [key, value] : facts.items()) {
        std::cout << key << ' ' << (value.is_string() ? value.get<std::string>() : dumped(value))
                  << '\n';
    }
    return fine;
}

} // namespace

extern const Verb mq_stat{
    .name = "mq stat",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "show what a queue holds and has seen",
    .description =
        R"(Writes a line for each: name, backend, messages, max_messages, max_message_size; and of
a robust queue how many messages were sent, received, redelivered and dead_lettered, how often the
queue was rebuilt (recoveries), how many slots are quarantined, how many handles are open
(participants, without crex's own), and whether it was shut_down.)",
    .options = {{"json", nullptr, "as JSON"},
                {"backend,b", "BACKEND", "robust, boost or posix, where several have the name"},
                at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_mq_stat,
};

} // namespace cli
