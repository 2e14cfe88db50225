// SPDX-License-Identifier: BSL-1.0
#include "situation.hpp"

// Operations that move no message.

namespace crash {

std::vector<Scenario> looking() {
    return {{.name = "peek",
             .waiting = waiting(3),
             .operation = [](Actor& actor) { (void)actor.crex().peek(); }},
            {.name = "stats", .waiting = waiting(3), .operation = [](Actor& actor) {
                 (void)actor.crex().stats();
             }}};
}

std::vector<Scenario> life() {
    return {{.name = "open",
             .waiting = waiting(3),
             .prepares = [](Actor& actor) { actor.queue.reset(); },
             .operation = [](Actor& actor) { actor.queue = actor.subject.open(actor.name); }},
            {.name = "close",
             .waiting = waiting(3),
             .operation = [](Actor& actor) { actor.crex().close(); }},
            {.name = "close (with a lease and a loan)",
             .waiting = waiting(3),
             .prepares =
                 [](Actor& actor) {
                     take_lease(actor);
                     borrow(actor, item("X"));
                 },
             .operation =
                 [](Actor& actor) {
                     actor.queue.reset();
                     actor.loan.reset();
                     actor.lease.reset();
                 },
             .leases = true},
            {.name = "unlink",
             .waiting = waiting(3),
             .operation = [](Actor& actor) { actor.crex().unlink(); },
             .may_unlink = true},
            {.name = "shutdown",
             .waiting = waiting(3),
             .operation = [](Actor& actor) { actor.crex().shutdown(); },
             .may_shut_down = true},
            {.name = "repair", .waiting = mixed(), .operation = [](Actor& actor) {
                 actor.crex().repair();
             }}};
}

std::vector<Scenario> mending() {
    const Item sent = item("Y", 2);
    return {{.name = "a send",
             .operation = [sent](Actor& actor) { (void)actor.queue->try_send(sent); },
             .outcomes = may_add({sent})},
            {.name = "a receive",
             .operation = [](Actor& actor) { (void)actor.queue->try_receive(); },
             .outcomes = may_take(1)},
            {.name = "an open",
             .prepares = [](Actor& actor) { actor.queue.reset(); },
             .operation = [](Actor& actor) { actor.queue = actor.subject.open(actor.name); }},
            {.name = "repair", .operation = [](Actor& actor) { actor.crex().repair(); }}};
}

} // namespace crash
