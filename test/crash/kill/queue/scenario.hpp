// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "subject.hpp"

namespace crash {

/// The process that will be killed: its handle, and what else it holds.
struct Actor {
    const Subject& subject;
    std::string name;
    Shape shape;
    std::unique_ptr<Queue> queue{};
    std::optional<crex::Loan> loan{};
    std::optional<crex::Lease> lease{};

    [[nodiscard]] crex::MessageQueue& crex() const { return *queue->crex(); }
};

/// One operation in one situation, and the contents that it may leave behind.
struct Scenario {
    std::string name;
    Shape shape{};

    /// The messages that the actor sends first, in this order.
    Contents waiting{};

    /// The actor's further actions before the operation, and the messages that wait after them.
    std::function<void(Actor&)> prepares = [](Actor&) {};
    std::function<Contents(const Contents&)> prepared = [](const Contents& sent) { return sent; };

    std::function<void(Actor&)> operation;

    /// The possible contents after the kill, given the contents before the operation.
    std::function<std::vector<Contents>(const Contents&)> outcomes = [](const Contents& before) {
        return std::vector<Contents>{before};
    };

    /// Whether the actor may have the first message on lease when it is killed.
    bool leases = false;

    /// Checks, after the survivors are done, what must be elsewhere. Throws Complaint.
    std::function<void(const std::string& name)> afterwards = [](const std::string&) {};

    /// Other changes that survivors may find.
    bool may_shut_down = false;
    bool may_unlink = false;
};

/// The messages that wait before the operation, in the order of delivery.
Contents initial(const Scenario& scenario);

/// The possible outcomes after the operation, given the outcome before it.
Outcomes possible_after(const Scenario& scenario, const Outcome& before);

/// Opens the queue, sends and receives one message, and sends the waiting ones.
void set_the_stage(Actor& actor, const Scenario& scenario);

/// Operations of every kind of queue.
std::vector<Scenario> sending();
std::vector<Scenario> receiving();

/// Operations of robust queues only.
std::vector<Scenario> large();
std::vector<Scenario> batches();
std::vector<Scenario> loans();
std::vector<Scenario> leases();
std::vector<Scenario> dead_letters();
std::vector<Scenario> looking();
std::vector<Scenario> life();

/// Actions of a process that must first recover from a death.
std::vector<Scenario> mending();

} // namespace crash
