// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"

// The free slots of a queue that is an index.
//
// Each end has a list under its own lock. Senders take slots from the senders' list, and receivers
// put the slots that they have freed on the receivers' list. When the senders' list is empty, a
// sender refills it with the whole receivers' list, under both locks: the ends meet once for many
// messages. A list goes through the slots themselves, in the cache line that the taker of a slot
// needs anyway.
//
// If a process dies with a slot on neither list (or on a list but not yet free), the lock still
// names it; the next holder rebuilds both lists from the slots.

namespace crex::detail::robust {

class FreeSlots {
public:
    explicit FreeSlots(const QueueMemory& memory) : memory_{memory}, body_{memory.body()} {}

    // From now on, `count` slots are free: `first` and those after it, around the end. No other
    // slot is.
    void begin(const BothLocked&, std::uint32_t first, std::uint32_t count);

    // Takes a free slot off the senders' list; its state is still free. Returns no_slot when the
    // list is empty. Then refill() may help.
    [[nodiscard]] std::uint32_t take(const SendersLocked&);
    void put(const SendersLocked&, std::uint32_t slot);
    [[nodiscard]] bool is_empty(const SendersLocked&) const;

    void free(const ReceiversLocked&, std::uint32_t slot);

    // If the senders' list is empty, moves the slots that receivers have freed to it.
    void refill(const BothLocked&);

    // Both need no lock, and are hints.
    [[nodiscard]] bool can_refill() const;
    [[nodiscard]] std::uint32_t count() const;

private:
    void push(std::atomic<std::uint32_t>& first, std::atomic<std::uint32_t>& count,
              std::uint32_t slot);

    const QueueMemory& memory_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
