// SPDX-License-Identifier: BSL-1.0
#include "situation.hpp"

// Loans and leases.

namespace crash {

namespace {

Scenario loan(const std::string& situation, const Contents& waiting) {
    return {.name = "loan (" + situation + ")", .waiting = waiting, .operation = [](Actor& actor) {
                actor.loan = actor.crex().loan(40);
            }};
}

Scenario send_loan(const std::string& situation, const Contents& waiting, const Item& sent) {
    return {.name = "loan.send (" + situation + ")",
            .waiting = waiting,
            .prepares = [sent](Actor& actor) { borrow(actor, sent); },
            .operation = [sent](Actor& actor) { actor.loan->send(sent.priority); },
            .outcomes = may_add({sent})};
}

Scenario lease(const std::string& situation, const Contents& waiting) {
    return {.name = "lease (" + situation + ")",
            .waiting = waiting,
            .operation = take_lease,
            .leases = true};
}

Scenario with_lease(const std::string& operation, const Contents& waiting,
                    const std::function<void(Actor&)>& body, const Possible& outcomes) {
    return {.name = operation,
            .waiting = waiting,
            .prepares = take_lease,
            .operation = body,
            .outcomes = outcomes,
            .leases = true};
}

void see_the_dead_letter(const std::string& name) {
    const auto queue = robust.open(dead_letters_of(name));
    const auto letter = queue->try_receive();
    if (!letter || *letter != item('w', 1)) {
        throw Complaint{Fault::lost, "no dead letter"};
    }
    (void)queue->try_receive(); // there may be two, if the process that moved it died half-way
    if (queue->try_receive()) {
        throw Complaint{Fault::duplicated, "more than two dead letters"};
    }
}

} // namespace

std::vector<Scenario> loans() {
    return {loan("empty queue", {}),
            loan("last free place", waiting(7)),
            loan("several priorities wait", mixed()),
            send_loan("empty queue", {}, item("X")),
            send_loan("higher priority than what waits", waiting(3), item("X", 5)),
            {.name = "loan dropped",
             .waiting = waiting(3),
             .prepares = [](Actor& actor) { borrow(actor, item("X")); },
             .operation = [](Actor& actor) { actor.loan.reset(); }}};
}

std::vector<Scenario> leases() {
    const Possible nothing = [](const Contents& before) { return std::vector<Contents>{before}; };
    return {lease("first of three", waiting(3)),
            lease("several priorities wait", mixed()),
            with_lease(
                "lease.ack", waiting(3), [](Actor& actor) { actor.lease->ack(); }, may_take(1)),
            with_lease(
                "lease.ack (last message)", waiting(1), [](Actor& actor) { actor.lease->ack(); },
                may_take(1)),
            with_lease(
                "lease.nack", waiting(3), [](Actor& actor) { actor.lease->nack(); }, nothing),
            with_lease(
                "lease dropped", mixed(), [](Actor& actor) { actor.lease.reset(); }, nothing),
            with_lease(
                "receive (with a lease on the first)", waiting(4),
                [](Actor& actor) { (void)actor.queue->receive(); },
                [](const Contents& before) {
                    Contents second_gone = before;
                    second_gone.erase(second_gone.begin() + 1);
                    return std::vector<Contents>{before, second_gone};
                })};
}

// The first message has failed once too often at the latest when the actor is dead.
std::vector<Scenario> dead_letters() {
    const Possible first_is_moved = [](const Contents& before) {
        return std::vector<Contents>{without_first(before)};
    };
    const Possible second_may_be_taken = [](const Contents& before) {
        return std::vector<Contents>{without_first(before), without_first(before, 2)};
    };
    std::vector<Scenario> scenarios{with_lease(
                                        "lease.nack (once too often)", waiting(3),
                                        [](Actor& actor) { actor.lease->nack(); }, first_is_moved),
                                    with_lease(
                                        "receive (a dead letter first)", waiting(3),
                                        [](Actor& actor) { (void)actor.queue->receive(); },
                                        second_may_be_taken)};
    scenarios.back().prepares = [](Actor& actor) {
        take_lease(actor);
        actor.lease->nack();
    };
    for (auto& each : scenarios) {
        each.shape.max_attempts = 1;
        each.leases = false;
        each.afterwards = see_the_dead_letter;
    }
    return scenarios;
}

} // namespace crash
