// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"

// The hand-off ring is the way into an index: senders announce in it the slots that they have made
// ready, and receivers drain it into the priority lists. Senders write and receivers read, each
// under their own lock. An entry is valid when it carries the expected sequence, so entries do not
// have to be cleared.
//
// A sender first makes a slot ready, and then announces it. A sender that dies in between leaves a
// message that was not announced, and a lock that names the dead sender. The next holder recovers
// the queue and finds the message before anything can be sent after it.

namespace crex::detail::robust {

struct Arrival {
    std::uint32_t slot;
    std::uint32_t priority;
};

class HandoffRing {
public:
    explicit HandoffRing(const QueueMemory& memory) : memory_{memory}, body_{memory.body()} {}

    // Empties the ring. `next_sequence` in the body must be valid.
    void begin(const BothLocked&);

    // False when the receivers' end must drain the ring first.
    [[nodiscard]] bool has_room(const SendersLocked&);
    void add(const SendersLocked&, Arrival arrival, std::uint64_t sequence);

    [[nodiscard]] std::optional<Arrival> take(const ReceiversLocked&);

    // Needs no lock, and is a hint.
    [[nodiscard]] bool is_empty() const;

private:
    // Bit 0 is set, so that an unused entry is never valid. Above it are the slot, the priority,
    // and the low bits of the sequence, enough to tell rounds apart.
    static constexpr unsigned slot_shift = 1;
    static constexpr unsigned priority_shift = 25;
    static constexpr unsigned sequence_shift = 40;

    static constexpr std::uint64_t valid_bits(std::uint64_t sequence) {
        return sequence << sequence_shift | 1;
    }
    static constexpr bool is_valid(std::uint64_t entry, std::uint64_t sequence) {
        constexpr std::uint64_t mask = ~std::uint64_t{0} << sequence_shift | 1;
        return (entry & mask) == valid_bits(sequence);
    }

    const QueueMemory& memory_;
    QueueBody& body_;
};

inline bool HandoffRing::has_room(const SendersLocked&) {
    if (body_.arrivals_room.load(std::memory_order_relaxed) != 0) [[likely]] {
        return true;
    }
    const std::uint64_t under_way = body_.next_sequence.load(std::memory_order_relaxed) -
                                    body_.head_sequence.load(std::memory_order_acquire);
    memory_.require(under_way <= memory_.handoff_ring_size());
    const auto room = static_cast<std::uint32_t>(memory_.handoff_ring_size() - under_way);
    body_.arrivals_room.store(room, std::memory_order_relaxed);
    return room != 0;
}

inline void HandoffRing::add(const SendersLocked&, Arrival arrival, std::uint64_t sequence) {
    memory_.arrival(sequence).store(valid_bits(sequence) |
                                        std::uint64_t{arrival.slot} << slot_shift |
                                        std::uint64_t{arrival.priority} << priority_shift,
                                    std::memory_order_release);
    body_.arrivals_room.store(body_.arrivals_room.load(std::memory_order_relaxed) - 1,
                              std::memory_order_relaxed);
}

inline std::optional<Arrival> HandoffRing::take(const ReceiversLocked&) {
    const std::uint64_t sequence = body_.head_sequence.load(std::memory_order_relaxed);
    const std::uint64_t entry = memory_.arrival(sequence).load(std::memory_order_acquire);
    if (!is_valid(entry, sequence)) {
        return std::nullopt;
    }
    const auto slot = static_cast<std::uint32_t>(entry >> slot_shift) & ((1U << 24) - 1);
    memory_.require(slot < memory_.capacity());
    body_.head_sequence.store(sequence + 1, std::memory_order_release);
    return Arrival{slot, static_cast<std::uint32_t>(entry >> priority_shift) & (priorities - 1)};
}

inline bool HandoffRing::is_empty() const {
    const std::uint64_t sequence = body_.head_sequence.load(std::memory_order_relaxed);
    return !is_valid(memory_.arrival(sequence).load(std::memory_order_relaxed), sequence);
}

inline void HandoffRing::begin(const BothLocked&) {
    for (std::uint32_t place = 0; place < memory_.handoff_ring_size(); ++place) {
        memory_.arrival(place).store(0, std::memory_order_relaxed);
    }
    body_.arrivals_room.store(memory_.handoff_ring_size(), std::memory_order_relaxed);
    body_.in_order.store(0, std::memory_order_relaxed);
    body_.head_sequence.store(body_.next_sequence.load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
}

} // namespace crex::detail::robust
