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

enum class Job { sends, lends, sends_many, receives, leases, receives_many };

inline constexpr std::size_t longest_message = 64 * 1024;
inline constexpr std::size_t batch = 5;

/// A worker's record in shared memory. A new worker takes over the record of a killed one.
struct Record {
    std::atomic<std::uint64_t> calls{0}; // finished calls
    std::atomic<std::uint64_t> next{0};  // the next sequence number of this sender
    std::atomic<std::uint64_t> duplicates{0};
    std::atomic<std::uint64_t> late{0}; // messages that came after a later one
    std::atomic<std::uint64_t> invented{0};
    std::atomic<int> slowest_ms{0};
    std::atomic<bool> acknowledging{false};
    Tag acknowledged{};
    std::array<std::uint64_t, Ledger::senders> latest{}; // of each sender, plus one
    std::array<std::byte, longest_message> buffer{};     // received messages go here
};

/// Shared by all workers of one queue.
struct WorkerContext {
    const Subject& subject;
    std::string name;
    Shape shape;
    std::size_t message_size = 64;
    unsigned priorities = 1;
    Ledger& ledger;
};

/// Does the job until the process is killed, or throws.
void work(const WorkerContext& context, Job job, std::size_t number, Record& record);

/// Records in the ledger the messages that a killed worker may have received in its last call.
void note_what_was_in_hand(Ledger& ledger, Record& record);

} // namespace crash
