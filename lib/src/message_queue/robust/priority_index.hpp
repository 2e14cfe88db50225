// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"

// The index says which message is next in a queue whose slots may hold any message.
//
// There is a list for each priority that has messages (a priority list), and a bitmap that finds
// the highest such priority. So adding and taking cost the same with ten messages as with ten
// million. All of this is under the receivers' lock, is derived from the slots, and is rebuilt
// after a death.

namespace crex::detail::robust {

class PriorityIndex {
public:
    PriorityIndex(const ReceiversLocked& locked, const QueueMemory& memory)
        : locked_{locked}, memory_{memory}, body_{memory.body()} {}

    // Removes all messages, whatever the memory says.
    void clear();

    // Turns a lane into an empty index. Requires that all priority lists are empty.
    void begin();

    // Puts all arrivals on their priority lists.
    void drain();

    struct Front {
        std::uint32_t slot = no_slot;
        PriorityList* list = nullptr; // null if it is on none
        explicit operator bool() const { return slot != no_slot; }
    };
    // The first message on the lists, if there is one.
    [[nodiscard]] Front front() const;

    // Drains, and returns the next message, if there is one. An arrival that goes before all others
    // is put on no list: the caller must pop() or keep() what it gets, and change nothing before.
    [[nodiscard]] Front next();
    void pop(const Front& front);
    void keep(const Front& front);

    // Adds a message that is newer than all others of its priority.
    void push_back(std::uint32_t slot, std::uint32_t priority);

    // Puts a message that was taken back to its old place.
    void put_back(std::uint32_t slot, std::uint32_t priority);

private:
    [[nodiscard]] std::uint32_t place_of(std::uint32_t priority) const;
    [[nodiscard]] std::uint32_t highest_priority() const;
    [[nodiscard]] bool goes_before_all(std::uint32_t priority) const;
    [[nodiscard]] std::uint32_t home(std::uint32_t priority) const;
    void prefetch_after(std::uint32_t slot) const;
    void add_list(PriorityList& priority_list, std::uint32_t slot, std::uint32_t priority);
    void remove_list(PriorityList& priority_list);
    void close_gap(std::uint32_t gap);
    void set_present(std::uint32_t priority);
    void clear_present(std::uint32_t priority);
    void count(int change) const;

    const ReceiversLocked& locked_;
    const QueueMemory& memory_;
    QueueBody& body_;
};

} // namespace crex::detail::robust
