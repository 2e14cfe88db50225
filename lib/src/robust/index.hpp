// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "robust/store.hpp"

// The index: which message is next when the slots' order does not say.
//
// A list for each priority that has messages (a shelf), and a bitmap that finds the highest of
// them: adding and taking cost the same with ten messages waiting as with ten million. All of it is
// under the receivers' lock, derived from the slots, and thrown away after a death.

namespace crex::detail::robust {

class Index {
public:
    explicit Index(const Store& store) : store_{store}, body_{store.body()} {}

    // Nothing waiting, whatever was there before.
    void clear();

    // The same when nothing was waiting before: without looking everywhere.
    void begin();

    // Puts what has arrived on its shelves.
    void admit();

    // Of what was admitted, the next message's slot; no_slot when there is none.
    [[nodiscard]] std::uint32_t front() const;
    void pop_front();

    // A message that is younger than all others of its priority.
    void push_back(std::uint32_t slot, std::uint32_t priority);

    // One that was taken before and comes back to its place.
    void put_back(std::uint32_t slot, std::uint32_t priority);

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
    void count(int change) const;

    const Store& store_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
