// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"

// The free slots of a queue that is an index.
//
// Each end has a list under its own lock. Senders take slots from the senders' list, and receivers
// put the slots that they have freed on the receivers' list. Receivers hand their whole list back
// in one word of memory, when that is empty; a sender whose list is empty takes it from there,
// before any slot that was never used. So slots are used again while they are in a cache, and the
// ends need not meet. Only what receivers could not hand back yet is fetched under both locks. A
// list goes through the slots themselves, in the cache line that the taker of a slot needs anyway.
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

    // Takes a free slot off the senders' list, or from what was handed back; its state is still
    // free. Returns no_slot when there is none. Then refill() may help.
    [[nodiscard]] std::uint32_t take(const SendersLocked&);
    void put(const SendersLocked&, std::uint32_t slot);
    [[nodiscard]] bool is_empty(const SendersLocked&) const;

    // Frees the slot: a death before its state changes leaves what it held. Then hands the list
    // back, if that is possible.
    void free(const ReceiversLocked&, std::uint32_t slot);

    // If take() finds none, moves the slots that receivers have freed to the senders' list.
    void refill(const BothLocked&);

    // Both need no lock, and are hints.
    [[nodiscard]] bool can_refill() const;
    [[nodiscard]] std::uint32_t count() const;

private:
    [[nodiscard]] bool take_handed_back();
    void hand_back();
    void push(std::atomic<std::uint32_t>& first, std::atomic<std::uint32_t>& count,
              std::uint32_t slot);

    const QueueMemory& memory_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
