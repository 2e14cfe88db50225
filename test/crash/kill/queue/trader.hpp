// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "crash/kill/harness/ledger.hpp"
#include "subject.hpp"

namespace crash {

enum class Trade { sends, lends, sends_many, receives, leases, receives_many };

inline constexpr std::size_t longest_message = 64 * 1024;
inline constexpr std::size_t batch = 5;

/// A participant's place, in shared memory: one sits here after the other, as they are killed.
struct Record {
    std::atomic<std::uint64_t> calls{0}; // finished
    std::atomic<std::uint64_t> next{0};  // sequence number that this sender uses next
    std::atomic<std::uint64_t> duplicates{0};
    std::atomic<std::uint64_t> late{0}; // came after one that was sent later
    std::atomic<std::uint64_t> invented{0};
    std::atomic<int> slowest_ms{0};
    std::atomic<bool> acknowledging{false};
    Tag acknowledged{};
    std::array<std::uint64_t, Ledger::senders> latest{}; // of each sender, plus one
    std::array<std::byte, longest_message> buffer{};     // what is received goes here
};

/// What all participants of one market have in common.
struct Market {
    const Subject& subject;
    std::string name;
    Shape shape;
    std::size_t message_size = 64;
    unsigned priorities = 1;
    Ledger& ledger;
};

/// Trades until it is killed, or throws.
void trade(const Market& market, Trade trade, std::size_t number, Record& record);

/// Enters into the ledger what a killed one may have got from its last call.
void note_what_was_in_hand(Ledger& ledger, Record& record);

} // namespace crash
