// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <string_view>

#include "situation.hpp"

// Sending and receiving by copy.

namespace crash {

namespace {

Scenario send(const std::string& situation, const Contents& waiting, const Item& sent) {
    return {.name = "send (" + situation + ")",
            .waiting = waiting,
            .operation = [sent](Actor& actor) { actor.queue->send(sent); },
            .outcomes = may_add({sent})};
}

Scenario receive(const std::string& situation, const Contents& waiting) {
    return {.name = "receive (" + situation + ")",
            .waiting = waiting,
            .operation = [](Actor& actor) { (void)actor.queue->receive(); },
            .outcomes = may_take(1)};
}

// The messages of one priority no longer lie in the order of sending: a later message has taken the
// slot of a received one.
Scenario out_of_order(Scenario scenario) {
    const Item last = item("last", 1);
    scenario.waiting = {item("w1", 1), item("first", 7), item("w2", 1), item("w3", 1)};
    scenario.prepares = [last](Actor& actor) {
        (void)actor.queue->receive();
        actor.queue->send(last);
    };
    scenario.prepared = [last](const Contents& sent) { return with(without_first(sent), last); };
    return scenario;
}

// Several priorities have waited, and then only one for a long time, so that the queue may become a
// lane again.
Scenario after_a_calm(Scenario scenario) {
    scenario.prepares = [](Actor& actor) {
        for (const unsigned priority : {1U, 7U}) {
            actor.queue->send(item("wild", priority));
        }
        for (int i = 0; i < 300; ++i) {
            actor.queue->send(item("calm"));
            (void)actor.queue->receive();
        }
        while (actor.queue->try_receive()) {
        }
    };
    return scenario;
}

Scenario send_many(const std::string& situation, const Contents& waiting, std::size_t count) {
    Contents sent;
    for (std::size_t i = 1; i <= count; ++i) {
        sent.push_back(item('s', i));
    }
    return {.name = "send_many (" + situation + ")",
            .waiting = waiting,
            .operation =
                [sent](Actor& actor) {
                    const std::vector<std::string_view> bodies = [&] {
                        std::vector<std::string_view> views;
                        for (const auto& each : sent) {
                            views.emplace_back(each.body);
                        }
                        return views;
                    }();
                    (void)actor.crex().send_many(bodies, crex::do_not_wait);
                },
            .outcomes = may_add({sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                  count, 8 - waiting.size()))})};
}

Scenario receive_many(const std::string& situation, const Contents& waiting, std::size_t at_most) {
    return {.name = "receive_many (" + situation + ")",
            .waiting = waiting,
            .operation = [at_most](Actor& actor) { (void)actor.crex().receive_many(at_most); },
            .outcomes = may_take(std::min(at_most, waiting.size()))};
}

} // namespace

std::vector<Scenario> sending() {
    return {send("empty queue", {}, item("X")),
            send("fifth message", waiting(4), item("X")),
            send("last free place", waiting(7), item("X")),
            send("higher priority than what waits", waiting(4), item("X", 5)),
            send("lower priority than what waits", waiting(4, 5), item("X", 1)),
            send("several priorities wait", mixed(), item("X", 3)),
            out_of_order(send("rooms out of order", {}, item("X", 1))),
            after_a_calm(send("after a calm", {}, item("X"))),
            {.name = "try_send (full queue)", .waiting = waiting(8), .operation = [](Actor& actor) {
                 (void)actor.queue->try_send(item("X"));
             }}};
}

std::vector<Scenario> receiving() {
    return {receive("first of five", waiting(5)),
            receive("last message", waiting(1)),
            receive("several priorities wait", mixed()),
            out_of_order(receive("rooms out of order", {})),
            receive("full queue", waiting(8)),
            {.name = "try_receive (empty queue)",
             .operation = [](Actor& actor) { (void)actor.queue->try_receive(); }}};
}

// Every slot already holds the same bytes, except for a message's name, so that a copy in progress
// is not a state of its own.
std::vector<Scenario> large() {
    constexpr std::size_t size = 256 * 1024;
    const Contents before{item("w1", 0, size), item("w2", 0, size)};
    std::vector<Scenario> scenarios{send("256 KiB", before, item("X", 0, size)),
                                    receive("256 KiB", before)};
    for (auto& each : scenarios) {
        each.shape = {.capacity = 4, .message_size = size};
    }
    scenarios.back().leases = true; // while the message is copied
    return scenarios;
}

std::vector<Scenario> batches() {
    return {send_many("empty queue", {}, 5),
            send_many("more than fit", waiting(5), 5),
            send_many("several priorities wait", mixed(), 3),
            receive_many("three of five", waiting(5), 3),
            receive_many("all", waiting(5), 8),
            receive_many("several priorities wait", mixed(), 3)};
}

} // namespace crash
