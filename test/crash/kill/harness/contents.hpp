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

/// Begins with its name, which is what tells it from others; the rest is the same in all.
Item item(const std::string& name, unsigned priority = 0, std::size_t size = 40);
std::string name_of(const Item& item);

/// The nth of its kind.
Item item(char kind, std::size_t n, unsigned priority = 0);

/// What waits in a queue, in the order of delivery.
using Contents = std::vector<Item>;

Contents with(Contents contents, const Item& added);
Contents without_first(Contents contents, std::size_t count = 1);

/// What may be left in a queue: what waits, and what will when somebody notices: what is leased by
/// a dead one, at its old place, and what one was killed while sending, as if it were sent then.
struct Outcome {
    Contents waiting;
    Contents away{};
    Contents late{};
};

Outcome with(Outcome outcome, const Item& added);
Outcome all_back(const Outcome& outcome);

/// Several possible ones: the unfinished call of a killed process may or may not have happened.
using Outcomes = std::vector<Outcome>;

/// What a queue does that it must not.
enum class Fault { none, hung, lost, duplicated, other };

class Complaint : public std::runtime_error {
public:
    Complaint(Fault which, const std::string& what) : std::runtime_error{what}, fault{which} {}
    Fault fault;
};

/// What may be waiting, narrowed down by what comes out.
class Expectation {
public:
    explicit Expectation(Outcomes outcomes) : outcomes_{std::move(outcomes)} {}

    /// Of the messages waiting.
    [[nodiscard]] std::size_t at_least() const;
    [[nodiscard]] std::size_t at_most() const;

    void sent(const Item& item);

    /// Throws Complaint when this should not have come, or not now.
    void received(const Item& item);

    /// The same of a message that was only looked at.
    void seen_first(const Item& item) const;

    /// Whether it may have been leased by a dead one.
    [[nodiscard]] bool may_be_away(const Item& item) const;

    /// Somebody has noticed.
    void all_are_back();

    /// Nothing comes any more. Throws Complaint when something should have.
    void is_empty();

private:
    [[noreturn]] void complain_about(const Item& item) const;

    Outcomes outcomes_;
    Contents gone_;
};

} // namespace crash
