// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/queue_memory.hpp"

// The free slots of a queue that is an index.
//
// Each end has a list under its own lock: senders take from theirs, receivers return what they have
// emptied to the other. When there is nothing left on theirs, senders fetch all that was returned,
// under both locks: the ends meet once for many messages. A list goes through the slots themselves,
// in the line of cache that whoever takes one needs anyway.
//
// A death while a slot is on no list, or on one while it is not free, leaves a lock that names the
// dead. The lists are made anew then, from the slots.

namespace crex::detail::robust {

class FreeSlots {
public:
    explicit FreeSlots(const QueueMemory& memory) : memory_{memory}, body_{memory.body()} {}

    // No slot is free but `count` that were never used, from `first` on, round and round. Under
    // both locks.
    void begin(std::uint32_t first, std::uint32_t count);

    // Under the senders' lock: a free slot, no longer listed and still in state free; no_slot when
    // there is none here. There may be some to fetch.
    [[nodiscard]] std::uint32_t take();
    void put(std::uint32_t slot);
    [[nodiscard]] bool is_empty() const;

    // Under the receivers' lock.
    void give_back(std::uint32_t slot);

    // Makes the slots that were given back available, when no other is. Under both locks.
    void fetch();

    // Without a lock, a hint.
    [[nodiscard]] bool can_fetch() const;
    [[nodiscard]] std::uint32_t count() const;

private:
    void push(std::atomic<std::uint32_t>& first, std::atomic<std::uint32_t>& count,
              std::uint32_t slot);

    const QueueMemory& memory_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
