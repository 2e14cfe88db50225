// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crex/inventory.hpp>

// Processes that make, open, use, unlink and leave objects at random, and are killed occasionally.
// Checks that no other process removes an object that one of them uses.

namespace test {

class Churn {
public:
    explicit Churn(std::uint64_t rounds);
    ~Churn();
    Churn(const Churn&) = delete;
    Churn& operator=(const Churn&) = delete;

    /// Starts the workers, and a new one for each that is killed, until all rounds are done.
    void run(unsigned workers);

    /// The number of times that an object in use had lost its name although no worker had unlinked
    /// it.
    [[nodiscard]] std::uint64_t violations() const { return ledger_->violations; }
    [[nodiscard]] std::uint64_t rounds() const { return ledger_->rounds; }
    [[nodiscard]] std::uint64_t kills() const { return kills_; }

    static constexpr std::size_t names_of_a_kind = 4;

    /// A name that objects of one kind have again and again.
    struct Name {
        crex::ObjectKind kind;
        std::string name;
        std::optional<crex::ObjectInfo> (*inspect)(std::string_view name);
    };
    [[nodiscard]] std::vector<Name> names() const;

private:
    /// Shared by all workers. The counts of a name go up before a worker unlinks it, and after.
    struct Unlinks {
        std::atomic<std::uint64_t> begun;
        std::atomic<std::uint64_t> ended;
    };
    struct Ledger {
        std::array<Unlinks, 3 * names_of_a_kind> unlinks;
        std::atomic<std::uint64_t> rounds;
        std::atomic<std::uint64_t> violations;
    };

    int work(std::uint64_t seed);
    template <class Kind> void use(std::size_t number, std::uint64_t random_bits);

    std::uint64_t limit_;
    Ledger* ledger_;
    std::vector<std::string> names_;
    std::uint64_t kills_ = 0;
};

} // namespace test
