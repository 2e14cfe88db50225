// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "robust/store.hpp"

// The index: which message is next when the slots' order does not say, and which slots are free.
//
// A list for each priority that has messages (a shelf), a bitmap that finds the highest of them,
// and a list of free slots: adding and taking cost the same with ten messages waiting as with ten
// million. All of it is under the receivers' lock, derived from the slots, and thrown away after a
// death.

namespace crex::detail::robust {

class Index {
public:
    explicit Index(const Store& store) : store_{store}, body_{store.body()} {}

    // Nothing waiting, and no slot known to be free, whatever was there before.
    void clear();

    // The same when nothing was waiting before: without looking everywhere.
    void begin();

    // A free slot, no longer on the list and still in state free; no_slot when there is none.
    [[nodiscard]] std::uint32_t take_free();

    // The other way round: a slot that is free by now.
    void put_free(std::uint32_t slot);

    // Slots that were never on the list: `count` of them from `first` on, round and round.
    void set_fresh(std::uint32_t first, std::uint32_t count);

    // The next message's slot; no_slot when there is none.
    [[nodiscard]] std::uint32_t front() const;
    void pop_front();

    // A message that is younger than all others of its priority.
    void push_back(std::uint32_t slot, std::uint32_t priority);

    // One that was taken before and comes back to its place.
    void put_back(std::uint32_t slot, std::uint32_t priority);

    // Whether a message of this priority would go last.
    [[nodiscard]] bool would_be_last(std::uint32_t priority) const;

private:
    [[nodiscard]] std::uint32_t place_of(std::uint32_t priority) const;
    [[nodiscard]] Shelf& highest() const;
    [[nodiscard]] std::uint32_t home(std::uint32_t priority) const;
    void prefetch(std::uint32_t slot) const;
    void add_shelf(Shelf& shelf, std::uint32_t slot, std::uint32_t priority);
    void remove_shelf(Shelf& shelf);
    void close_gap(std::uint32_t gap);
    void mark(std::uint32_t priority);
    void unmark(std::uint32_t priority);
    void count(std::atomic<std::uint32_t>& counter, int change) const;

    const Store& store_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
