// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>

#include "message_queue/robust/queue_memory.hpp"

// The way into an index: a ring in which senders say what they have made ready, and from which
// receivers put it in order. Senders write and receivers read, each under their own lock; an entry
// is there when it carries the sequence that is expected, so nobody has to clear it.
//
// A slot is made ready first, and announced then. A sender that dies in between leaves a message
// that nobody sees, and a lock that names the dead: whoever takes that over finds it, as if it had
// been sent then, and before anything can be sent after it.

namespace crex::detail::robust {

struct Arrival {
    std::uint32_t slot;
    std::uint32_t priority;
};

class HandoffRing {
public:
    explicit HandoffRing(const QueueMemory& memory) : memory_{memory}, body_{memory.body()} {}

    // Nothing has arrived. Under both locks, with `next_sequence` as it is to be.
    void begin();

    // Under the senders' lock. Without room, the receivers' end has to take some first.
    [[nodiscard]] bool has_room();
    void add(Arrival arrival, std::uint64_t sequence);

    // Under the receivers' lock.
    [[nodiscard]] std::optional<Arrival> take();

    // Without a lock, a hint.
    [[nodiscard]] bool is_empty() const;

private:
    // Bit 0 is set, so that an unused entry is none; above it the slot, the priority, and the low
    // bits of the sequence: enough to tell rounds apart.
    static constexpr unsigned slot_shift = 1;
    static constexpr unsigned priority_shift = 25;
    static constexpr unsigned sequence_shift = 40;

    static constexpr std::uint64_t mark_of(std::uint64_t sequence) {
        return sequence << sequence_shift | 1;
    }
    static constexpr bool is_marked(std::uint64_t entry, std::uint64_t sequence) {
        constexpr std::uint64_t mask = ~std::uint64_t{0} << sequence_shift | 1;
        return (entry & mask) == mark_of(sequence);
    }

    const QueueMemory& memory_;
    QueueBody& body_;
};

inline bool HandoffRing::has_room() {
    if (body_.arrivals_room.load(std::memory_order_relaxed) != 0) [[likely]] {
        return true;
    }
    const std::uint64_t under_way = body_.next_sequence.load(std::memory_order_relaxed) -
                                    body_.head_sequence.load(std::memory_order_acquire);
    memory_.require(under_way <= memory_.handoff_ring());
    const auto room = static_cast<std::uint32_t>(memory_.handoff_ring() - under_way);
    body_.arrivals_room.store(room, std::memory_order_relaxed);
    return room != 0;
}

inline void HandoffRing::add(Arrival arrival, std::uint64_t sequence) {
    memory_.arrival(sequence).store(mark_of(sequence) | std::uint64_t{arrival.slot} << slot_shift |
                                        std::uint64_t{arrival.priority} << priority_shift,
                                    std::memory_order_release);
    body_.arrivals_room.store(body_.arrivals_room.load(std::memory_order_relaxed) - 1,
                              std::memory_order_relaxed);
}

inline std::optional<Arrival> HandoffRing::take() {
    const std::uint64_t sequence = body_.head_sequence.load(std::memory_order_relaxed);
    const std::uint64_t entry = memory_.arrival(sequence).load(std::memory_order_acquire);
    if (!is_marked(entry, sequence)) {
        return std::nullopt;
    }
    const auto slot = static_cast<std::uint32_t>(entry >> slot_shift) & ((1U << 24) - 1);
    memory_.require(slot < memory_.capacity());
    body_.head_sequence.store(sequence + 1, std::memory_order_release);
    return Arrival{slot, static_cast<std::uint32_t>(entry >> priority_shift) & (priorities - 1)};
}

inline bool HandoffRing::is_empty() const {
    const std::uint64_t sequence = body_.head_sequence.load(std::memory_order_relaxed);
    return !is_marked(memory_.arrival(sequence).load(std::memory_order_relaxed), sequence);
}

inline void HandoffRing::begin() {
    for (std::uint32_t place = 0; place < memory_.handoff_ring(); ++place) {
        memory_.arrival(place).store(0, std::memory_order_relaxed);
    }
    body_.arrivals_room.store(memory_.handoff_ring(), std::memory_order_relaxed);
    body_.in_order.store(0, std::memory_order_relaxed);
    body_.head_sequence.store(body_.next_sequence.load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
}

} // namespace crex::detail::robust
