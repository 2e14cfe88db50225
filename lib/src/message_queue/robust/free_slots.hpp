// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"

// The free slots of a queue that is an index.
//
// Each end has a list under its own lock: senders take slots from theirs, receivers return emptied
// slots to the other. When the senders' list is empty, a sender fetches all returned slots under
// both locks: the ends meet once for many messages. A list goes through the slots themselves, in
// the line of cache that the taker of a slot needs anyway.
//
// If a process dies with a slot on neither list (or on a list but not yet free), the lock still
// names it; the next holder rebuilds both lists from the slots.

namespace crex::detail::robust {

class FreeSlots {
public:
    explicit FreeSlots(const QueueMemory& memory) : memory_{memory}, body_{memory.body()} {}

    // No slot is free but `count` that were never used, from `first` on, round and round.
    void begin(const BothLocked&, std::uint32_t first, std::uint32_t count);

    // A free slot, no longer listed and still in state free; no_slot when the senders' list is
    // empty. There may be slots to fetch.
    [[nodiscard]] std::uint32_t take(const SendersLocked&);
    void put(const SendersLocked&, std::uint32_t slot);
    [[nodiscard]] bool is_empty(const SendersLocked&) const;

    void give_back(const ReceiversLocked&, std::uint32_t slot);

    // Makes the slots that were given back available, when no other is.
    void fetch(const BothLocked&);

    // Without a lock: hints.
    [[nodiscard]] bool can_fetch() const;
    [[nodiscard]] std::uint32_t count() const;

private:
    void push(std::atomic<std::uint32_t>& first, std::atomic<std::uint32_t>& count,
              std::uint32_t slot);

    const QueueMemory& memory_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
