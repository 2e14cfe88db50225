// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace crash {

struct Item {
    std::string body;
    unsigned priority = 0;
    bool operator==(const Item&) const = default;
};

/// The body begins with the name, which distinguishes the message. The rest is the same in all
/// messages.
Item item(const std::string& name, unsigned priority = 0, std::size_t size = 40);
std::string name_of(const Item& item);

/// The nth message of this kind.
Item item(char kind, std::size_t n, unsigned priority = 0);

/// The waiting messages of a queue, in the order of delivery.
using Contents = std::vector<Item>;

Contents with(Contents contents, const Item& added);
Contents without_first(Contents contents, std::size_t count = 1);

/// What a kill may leave in a queue. `waiting` can be received at once. The rest appears once a
/// participant notices the death: `away` was leased by the dead process and returns to its old
/// place; `late` was being sent by it, and counts as sent at that moment.
struct Outcome {
    Contents waiting;
    Contents away{};
    Contents late{};
};

Outcome with(Outcome outcome, const Item& added);
Outcome all_back(const Outcome& outcome);

/// Several outcomes are possible: the unfinished call of a killed process may or may not have
/// happened.
using Outcomes = std::vector<Outcome>;

/// The ways in which a queue can fail.
enum class Fault { none, hung, lost, duplicated, other };

class Complaint : public std::runtime_error {
public:
    Complaint(Fault which, const std::string& what) : std::runtime_error{what}, fault{which} {}
    Fault fault;
};

/// The possible contents of a queue, narrowed down by each message that comes out.
class Expectation {
public:
    explicit Expectation(Outcomes outcomes) : outcomes_{std::move(outcomes)} {}

    /// Limits of the number of waiting messages.
    [[nodiscard]] std::size_t at_least() const;
    [[nodiscard]] std::size_t at_most() const;

    void sent(const Item& item);

    /// Throws Complaint when this message should not have come, or not now.
    void received(const Item& item);

    /// Checks a message that was only looked at, and stays in the queue.
    void seen_first(const Item& item) const;

    /// Whether the message may have been leased by a dead process.
    [[nodiscard]] bool may_be_away(const Item& item) const;

    /// A participant has noticed the death.
    void all_are_back();

    /// No message comes any more. Throws Complaint when another one was due.
    void is_empty();

private:
    [[noreturn]] void complain_about(const Item& item) const;

    Outcomes outcomes_;
    Contents gone_;
};

} // namespace crash
