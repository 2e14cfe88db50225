// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "message_queue/robust/slot.hpp"
#include "robust/event_count.hpp"
#include "robust/layout.hpp"
#include "robust/lock.hpp"
#include "robust/segment.hpp"

// The memory of a queue, and where everything is in it.
//
// A queue has two ends with a lock each: the senders' and the receivers'. A participant that needs
// both locks takes the senders' first. A queue has one of two forms:
//
//   lane   The messages are in consecutive slots, around the end of the array, and their
//          priorities never rise from one message to the next. So the oldest message is also the
//          next one. The senders' end adds at its place and the receivers' end takes at its own,
//          each under its own lock. Neither touches anything of the other end: they share only the
//          slots' states.
//   index  Any slot may hold any message. Senders take free slots, and announce filled slots as
//          arrivals. Only the receivers' end knows which message is next: see priority_index.hpp.
//          Here, too, each end has its own lock and its own places. The ends meet only
//          occasionally, under both locks.
//
// `status` says which form the queue has, and whether the memory can be relied on. The form changes
// only under both locks, so it does not change while a participant holds either lock.

namespace crex::detail::robust {

inline constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();
inline constexpr unsigned priorities = 32768;

// Bits of `status`.
inline constexpr std::uint32_t indexed = 1;        // the form: index, else lane
inline constexpr std::uint32_t needs_recovery = 2; // nothing but the slots can be relied on
inline constexpr std::uint32_t shut_down = 4;
inline constexpr std::uint32_t broken = 8;    // recovery did not help
inline constexpr std::uint32_t pollable = 32; // a process polls it, see poll_fifo.hpp

struct QueueBody {
    // Read at every call, and hardly ever written.
    alignas(cache_line) std::atomic<std::uint32_t> status;
    std::atomic<std::uint32_t> touched; // slots from here on were never used
    std::atomic<std::uint64_t> recoveries;
    std::atomic<std::uint64_t> redelivered;
    std::atomic<std::uint64_t> dead_lettered;
    std::atomic<std::uint64_t> quarantined;

    // The senders' end.
    alignas(cache_line) Lock senders;
    std::atomic<std::uint32_t> tail;          // the lane's slot for the next message
    std::atomic<std::uint32_t> last_priority; // of the message before it
    std::atomic<std::uint32_t> in_order;      // messages in a row that would have suited a lane
    std::atomic<std::uint64_t> next_sequence;
    std::atomic<std::uint32_t> free_first; // free slots for senders: a list
    std::atomic<std::uint32_t> free_count;
    std::atomic<std::uint32_t> unused_first; // and a range, not yet used in this index
    std::atomic<std::uint32_t> unused_count;
    std::atomic<std::uint32_t> arrivals_room; // entries that are certainly free
    std::atomic<std::uint32_t> loans;         // for tags

    // The receivers' end.
    alignas(cache_line) Lock receivers;
    std::atomic<std::uint32_t> head;          // the lane's next message
    std::atomic<std::uint64_t> head_sequence; // its sequence, or that of the next arrival
    std::atomic<std::uint64_t> received;
    std::atomic<std::uint32_t> freed_first; // slots freed by receivers: a list
    std::atomic<std::uint32_t> freed_count;
    std::atomic<std::uint32_t> indexed_messages; // in the priority lists
    std::atomic<std::uint32_t> leases;           // for tags
    std::atomic<std::uint64_t> present_top;      // see below
    std::atomic<std::uint32_t> emptied;          // times found empty, see lib/LAYOUT.md
    std::atomic<std::uint32_t> poll_fifo;        // what the FIFO shows, see poll_fifo.hpp

    alignas(cache_line) EventCount not_empty;
    // What senders sleep on, and what receivers give them: freed slots, see free_slots.hpp.
    alignas(cache_line) EventCount not_full;
    std::atomic<std::uint64_t> handed_back; // its first slot, and above how many; 0 for none

    // Which priorities have messages in the index: bit p of `present` for priority p, bit w of
    // `present_words` if word w of `present` is not 0, and bit v of `present_top` if word v of
    // `present_words` is not 0.
    alignas(cache_line) std::array<std::atomic<std::uint64_t>, priorities / 64 / 64> present_words;
    std::array<std::atomic<std::uint64_t>, priorities / 64> present;
};

// The messages of one priority, oldest first, as a list through `links`. The lists are in a hash
// table, so that a small queue does not need one for each possible priority.
struct PriorityList {
    std::atomic<std::uint32_t> priority; // + 1; 0 for an unused place
    std::atomic<std::uint32_t> first;
    std::atomic<std::uint32_t> last;
};

static_assert(sizeof(QueueBody) == 4480 && sizeof(PriorityList) == 12 &&
              offsetof(PriorityList, first) == 4 && offsetof(PriorityList, last) == 8);
static_assert(offsetof(QueueBody, touched) == 4 && offsetof(QueueBody, recoveries) == 8 &&
              offsetof(QueueBody, quarantined) == 32 && offsetof(QueueBody, senders) == 64 &&
              offsetof(QueueBody, tail) == 76 && offsetof(QueueBody, in_order) == 84 &&
              offsetof(QueueBody, next_sequence) == 88 && offsetof(QueueBody, free_first) == 96 &&
              offsetof(QueueBody, unused_first) == 104 && offsetof(QueueBody, loans) == 116);
static_assert(offsetof(QueueBody, receivers) == 128 && offsetof(QueueBody, head) == 140 &&
              offsetof(QueueBody, head_sequence) == 144 && offsetof(QueueBody, received) == 152 &&
              offsetof(QueueBody, freed_first) == 160 && offsetof(QueueBody, leases) == 172 &&
              offsetof(QueueBody, present_top) == 176 && offsetof(QueueBody, emptied) == 184 &&
              offsetof(QueueBody, poll_fifo) == 188);
static_assert(offsetof(QueueBody, not_empty) == 192 && offsetof(QueueBody, not_full) == 256 &&
              offsetof(QueueBody, handed_back) == 272 &&
              offsetof(QueueBody, present_words) == 320 && offsetof(QueueBody, present) == 384);

// Thrown when the memory makes no sense, once `status` says so. It is caught where locks are taken,
// and the queue is then rebuilt from its slots.
struct Damage {};

class QueueMemory {
public:
    static constexpr std::uint64_t largest_queue = std::uint64_t{1} << 40;

    explicit QueueMemory(const Segment& segment);

    // The size of the file for this header; 0 when no queue can have it.
    static std::uint64_t size_for(const Header& header);

    [[nodiscard]] QueueBody& body() const { return *body_; }
    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
    [[nodiscard]] std::size_t max_size() const { return max_size_; }

    [[nodiscard]] std::uint32_t status() const {
        return body_->status.load(std::memory_order_acquire);
    }
    void set(std::uint32_t bits) const { body_->status.fetch_or(bits); }
    void clear(std::uint32_t bits) const { body_->status.fetch_and(~bits); }

    // Numbers from shared memory must be checked() before they are passed to these functions.
    [[nodiscard]] Slot& slot(std::uint32_t number) const {
        return *reinterpret_cast<Slot*>(slots_ + std::size_t{number} * stride_);
    }
    [[nodiscard]] std::atomic<std::uint32_t>& link(std::uint32_t number) const {
        return links_[number];
    }
    [[nodiscard]] std::atomic<std::uint32_t>& order(std::uint32_t place) const {
        return order_[place];
    }
    [[nodiscard]] PriorityList& priority_list(std::uint32_t place) const { return lists_[place]; }
    [[nodiscard]] std::atomic<std::uint64_t>& arrival(std::uint64_t sequence) const {
        return arrivals_[sequence & (arrival_count_ - 1)];
    }
    [[nodiscard]] std::uint32_t handoff_ring_size() const { return arrival_count_; }
    [[nodiscard]] std::uint32_t priority_list_count() const { return list_count_; }

    [[nodiscard]] std::uint32_t after(std::uint32_t number) const {
        return number + 1 == capacity_ ? 0 : number + 1;
    }
    [[nodiscard]] std::uint32_t before(std::uint32_t number) const {
        return (number == 0 ? capacity_ : number) - 1;
    }

    // Must be called before a slot is written to for the first time. In memory that is not
    // reserved, even a read of a slot allocates a page, so recovery reads only the slots before
    // `touched`.
    void touch(std::uint32_t number) const {
        if (number >= body_->touched.load(std::memory_order_relaxed)) [[unlikely]] {
            body_->touched.store(number + 1, std::memory_order_relaxed);
        }
    }

    // Both read a number from shared memory. It must be a slot's number, or at most `limit`;
    // otherwise they throw Damage.
    [[nodiscard]] std::uint32_t checked(const std::atomic<std::uint32_t>& number) const {
        return at_most(number, capacity_ - 1);
    }
    [[nodiscard]] std::uint32_t at_most(const std::atomic<std::uint32_t>& number,
                                        std::uint32_t limit) const {
        const std::uint32_t value = number.load(std::memory_order_relaxed);
        require(value <= limit);
        return value;
    }

    void require(bool sane) const {
        if (!sane) [[unlikely]] {
            damaged();
        }
    }
    [[noreturn]] void damaged() const;

private:
    QueueBody* body_;
    PriorityList* lists_;
    std::atomic<std::uint32_t>* links_;
    std::atomic<std::uint32_t>* order_; // room for recovery to sort in
    std::atomic<std::uint64_t>* arrivals_;
    std::byte* slots_;
    std::size_t stride_;
    std::size_t max_size_;
    std::uint32_t capacity_;
    std::uint32_t list_count_;
    std::uint32_t arrival_count_; // a power of two
};

extern const Kind queue_kind;

} // namespace crex::detail::robust
