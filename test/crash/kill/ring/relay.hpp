// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>

#include <crex/ring.hpp>

#include "crash/kill/harness/child.hpp"
#include "crash/kill/harness/figures.hpp"
#include "crash/kill/harness/ledger.hpp"
#include "record.hpp"

namespace crash {

/// The user that breaks the ring's rules, to be detected.
enum class UnsafeRole { none, producer, consumer };

/// The position in the stream: this many records of this sender, and all records of the earlier
/// ones.
struct Taken {
    std::uint32_t sender = 0;
    std::uint32_t records = 0;
};

/// The records sent by all producers and taken by all consumers so far, in memory that outlives
/// them. Each producer is a sender of its own, whose records begin with 0.
struct RelayBook {
    static constexpr std::size_t senders_max = 1 << 15;

    struct Sent {
        std::atomic<std::uint64_t> certainly;
        std::atomic<std::uint64_t> perhaps; // records that an unfinished call may also have sent
    };

    std::array<Sent, senders_max> sent;
    std::atomic<std::uint32_t> sender;  // the current sender
    std::atomic<Taken> certainly_taken; // before a call of consume() and after it
    std::atomic<Taken> perhaps_taken;
    std::array<std::atomic<std::uint64_t>, 2> calls;
    std::atomic<std::size_t> lost;
    std::atomic<std::size_t> duplicated;
    std::atomic<std::size_t> half_written;
};

/// Kills a producer and a consumer at random moments, again and again, and replaces them.
class Relay {
public:
    Relay(UnsafeRole unsafe_role, unsigned seed);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// Stops early when a role does not get on, or on a fault.
    Figures kill(std::size_t kills);

private:
    void produce();
    void consume();
    void take_what_is_left();
    bool look_at(std::span<const crex::RingConsumer::Record> records, Taken& taken, bool first);
    [[nodiscard]] bool may_follow(const RecordName& name, Taken taken) const;
    void complain_about(const RecordName& name, Taken taken);
    [[nodiscard]] std::size_t faults() const;
    bool both_get_on();

    UnsafeRole unsafe_role_;
    SharedPages pages_{sizeof(RelayBook)};
    RelayBook& book_;
    std::string name_;
    std::optional<Child> producer_;
    std::optional<Child> consumer_;
    std::mt19937 random_;
};

} // namespace crash
