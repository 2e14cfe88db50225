// SPDX-License-Identifier: BSL-1.0
#include "scenario.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "situation.hpp"

namespace crash {

Contents initial(const Scenario& scenario) {
    Contents contents;
    for (const auto& each : scenario.waiting) {
        contents = with(contents, each);
    }
    return scenario.prepared(contents);
}

namespace {

// The messages in `after` that are not in `before`.
Contents added_to(const Contents& before, const Contents& after) {
    Contents added;
    std::copy_if(after.begin(), after.end(), std::back_inserter(added), [&](const Item& each) {
        return std::find(before.begin(), before.end(), each) == before.end();
    });
    return added;
}

} // namespace

Outcomes possible_after(const Scenario& scenario, const Outcome& before) {
    Outcomes outcomes;
    Contents previous = before.waiting;
    for (const auto& contents : scenario.outcomes(before.waiting)) {
        if (const Contents last = added_to(previous, contents); !last.empty()) {
            Outcome unnoticed{previous, before.away, before.late};
            unnoticed.late.insert(unnoticed.late.end(), last.begin(), last.end());
            outcomes.push_back(unnoticed);
        }
        previous = contents;
        outcomes.push_back({contents, before.away, before.late});
        const bool has_first = !contents.empty() && !before.waiting.empty() &&
                               contents.front() == before.waiting.front();
        if (scenario.leases && has_first) {
            outcomes.push_back({without_first(contents), {contents.front()}, before.late});
        }
    }
    return outcomes;
}

void set_the_stage(Actor& actor, const Scenario& scenario) {
    actor.queue = actor.subject.open(actor.name);
    const std::size_t size = scenario.waiting.empty() ? 40 : scenario.waiting.front().body.size();
    actor.queue->send(item("use", 0, size));
    (void)actor.queue->receive();
    for (const auto& each : scenario.waiting) {
        actor.queue->send(each);
    }
    scenario.prepares(actor);
}

Possible may_add(const Contents& added) {
    return [added](const Contents& before) {
        std::vector<Contents> outcomes{before};
        for (const auto& each : added) {
            outcomes.push_back(with(outcomes.back(), each));
        }
        return outcomes;
    };
}

Possible may_take(std::size_t count) {
    return [count](const Contents& before) {
        std::vector<Contents> outcomes;
        for (std::size_t i = 0; i <= count; ++i) {
            outcomes.push_back(without_first(before, i));
        }
        return outcomes;
    };
}

Contents waiting(std::size_t count, unsigned priority) {
    Contents contents;
    for (std::size_t i = 1; i <= count; ++i) {
        contents.push_back(item('w', i, priority));
    }
    return contents;
}

Contents mixed() { return {item("w1", 1), item("w2", 7), item("w3", 1), item("w4", 3)}; }

void borrow(Actor& actor, const Item& item) {
    actor.loan = actor.crex().loan(item.body.size());
    const auto bytes = std::as_bytes(std::span{item.body});
    std::copy(bytes.begin(), bytes.end(), actor.loan->bytes().begin());
}

void take_lease(Actor& actor) { actor.lease = actor.crex().lease(); }

} // namespace crash
