// SPDX-License-Identifier: BSL-1.0
#include "contents.hpp"

#include <algorithm>

namespace crash {

namespace {

bool has(const Contents& contents, const Item& wanted) {
    return std::find(contents.begin(), contents.end(), wanted) != contents.end();
}

bool begins_with(const Outcome& outcome, const Item& item) {
    return !outcome.waiting.empty() && outcome.waiting.front() == item;
}

std::size_t size(const Outcome& outcome) {
    return outcome.waiting.size() + outcome.away.size() + outcome.late.size();
}

bool shorter(const Outcome& a, const Outcome& b) { return size(a) < size(b); }

// The outcome now, and the outcome after the next recovery.
Outcomes sooner_or_later(const Outcome& outcome) {
    const bool same = outcome.away.empty() && outcome.late.empty();
    return same ? Outcomes{outcome} : Outcomes{outcome, all_back(outcome)};
}

std::string names_of(const Contents& contents) {
    std::string names;
    for (const auto& each : contents) {
        names.append(" ").append(name_of(each));
    }
    return names.empty() ? " nothing" : names;
}

} // namespace

Item item(const std::string& name, unsigned priority, std::size_t size) {
    std::string body = name + ".";
    body.resize(std::max(size, body.size()), '#');
    return {body, priority};
}

Item item(char kind, std::size_t n, unsigned priority) {
    std::string name{kind};
    name += std::to_string(n);
    return item(name, priority);
}

std::string name_of(const Item& item) { return item.body.substr(0, item.body.find('.')); }

Contents with(Contents contents, const Item& added) {
    const auto place = std::find_if(contents.begin(), contents.end(), [&](const Item& other) {
        return other.priority < added.priority;
    });
    contents.insert(place, added);
    return contents;
}

Contents without_first(Contents contents, std::size_t count) {
    const auto end = std::min(count, contents.size());
    contents.erase(contents.begin(), contents.begin() + static_cast<std::ptrdiff_t>(end));
    return contents;
}

// The next send notices the process that was killed while sending.
Outcome with(Outcome outcome, const Item& added) {
    outcome.late.push_back(added);
    for (const auto& each : outcome.late) {
        outcome.waiting = with(outcome.waiting, each);
    }
    outcome.late.clear();
    return outcome;
}

// The leased message was the first of its priority.
Outcome all_back(const Outcome& outcome) {
    Contents waiting = outcome.waiting;
    for (const auto& each : outcome.away) {
        const auto place = std::find_if(waiting.begin(), waiting.end(), [&](const Item& other) {
            return other.priority <= each.priority;
        });
        waiting.insert(place, each);
    }
    for (const auto& each : outcome.late) {
        waiting = with(waiting, each);
    }
    return {waiting};
}

std::size_t Expectation::at_least() const {
    return size(*std::min_element(outcomes_.begin(), outcomes_.end(), shorter));
}

std::size_t Expectation::at_most() const {
    return size(*std::max_element(outcomes_.begin(), outcomes_.end(), shorter));
}

void Expectation::sent(const Item& item) {
    for (auto& outcome : outcomes_) {
        outcome = with(outcome, item);
    }
}

void Expectation::received(const Item& item) {
    seen_first(item);
    Outcomes left;
    for (const auto& outcome : outcomes_) {
        for (auto& each : sooner_or_later(outcome)) {
            if (begins_with(each, item)) {
                left.push_back({without_first(each.waiting), each.away, each.late});
            }
        }
    }
    outcomes_ = left;
    gone_.push_back(item);
}

void Expectation::seen_first(const Item& item) const {
    for (const auto& outcome : outcomes_) {
        if (begins_with(outcome, item) || begins_with(all_back(outcome), item)) {
            return;
        }
    }
    complain_about(item);
}

bool Expectation::may_be_away(const Item& item) const {
    return std::any_of(outcomes_.begin(), outcomes_.end(),
                       [&](const auto& outcome) { return has(outcome.away, item); });
}

void Expectation::all_are_back() {
    for (auto& outcome : outcomes_) {
        outcome = all_back(outcome);
    }
}

void Expectation::is_empty() {
    std::erase_if(outcomes_, [](const auto& outcome) { return size(outcome) > 0; });
    if (outcomes_.empty()) {
        throw Complaint{Fault::lost, "empty too early, after" + names_of(gone_)};
    }
}

void Expectation::complain_about(const Item& item) const {
    bool later = false;
    std::string what = name_of(item) + " came after" + names_of(gone_) + " where there should be";
    for (const auto& outcome : outcomes_) {
        const Contents waiting = all_back(outcome).waiting;
        later = later || has(waiting, item);
        what += (&outcome == &outcomes_.front() ? "" : " or") + names_of(waiting);
    }
    const Fault fault = has(gone_, item) ? Fault::duplicated : later ? Fault::lost : Fault::other;
    throw Complaint{fault, what};
}

} // namespace crash
