// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "subject.hpp"

namespace crash {

/// The process that is going to be killed: its handle, and what else it holds.
struct Actor {
    const Subject& subject;
    std::string name;
    Shape shape;
    std::unique_ptr<Queue> queue{};
    std::optional<crex::Loan> loan{};
    std::optional<crex::Lease> lease{};

    [[nodiscard]] crex::MessageQueue& crex() const { return *queue->crex(); }
};

/// One operation in one situation, and what it may leave behind.
struct Scenario {
    std::string name;
    Shape shape{};

    /// What the actor sends before, in this order.
    Contents waiting{};

    /// What the actor does then, still before the operation, and what waits after that.
    std::function<void(Actor&)> prepares = [](Actor&) {};
    std::function<Contents(const Contents&)> prepared = [](const Contents& sent) { return sent; };

    std::function<void(Actor&)> operation;

    /// What may be waiting when it was killed, given what was before.
    std::function<std::vector<Contents>(const Contents&)> outcomes = [](const Contents& before) {
        return std::vector<Contents>{before};
    };

    /// Whether the first message may be leased by the actor when it is killed.
    bool leases = false;

    /// Looks for what has to be elsewhere when the survivors are done. Throws Complaint.
    std::function<void(const std::string& name)> afterwards = [](const std::string&) {};

    /// What survivors may find besides.
    bool may_shut_down = false;
    bool may_unlink = false;
};

/// What waits before the operation, in the order of delivery.
Contents initial(const Scenario& scenario);

/// What there may be after that, given what there was.
Outcomes possible_after(const Scenario& scenario, const Outcome& before);

/// Opens the queue, lets one message through, and sends what waits.
void set_the_stage(Actor& actor, const Scenario& scenario);

/// What every kind of queue can do.
std::vector<Scenario> sending();
std::vector<Scenario> receiving();

/// What only robust ones can.
std::vector<Scenario> large();
std::vector<Scenario> batches();
std::vector<Scenario> loans();
std::vector<Scenario> leases();
std::vector<Scenario> dead_letters();
std::vector<Scenario> looking();
std::vector<Scenario> life();

/// What somebody does who then has to mend what a dead one left.
std::vector<Scenario> mending();

} // namespace crash
