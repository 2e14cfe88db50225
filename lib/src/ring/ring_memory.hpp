// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "platform/mirror.hpp"
#include "robust/event_count.hpp"
#include "robust/layout.hpp"
#include "robust/segment.hpp"

// The memory of a ring, and where everything is in it.
//
// Records lie one behind the other in the data, round and round, each at a multiple of 16. Both
// records and bytes are counted from the ring's birth and never start again: record i ends at byte
// `mark(i)`, and i + 1 begins at the next multiple of 16. Bytes are counted as if the data had been
// gone through once before, so that no record ends at 0.
//
// What is true: a record is in the ring when its mark is not 0 and no mark from `head` on up to its
// own is 0; and `head` is how many have been taken out. One store of a mark puts a record in, or
// several whose other marks are there already; one store of `head` takes some out. So a death
// leaves a ring as it was before or after one of these stores, and there is nothing to mend. `tail`
// counts the records put in, later than they are, so that who comes new need not go through all of
// them.
//
// The marks are apart from the records, since records in place may be long: then to walk along them
// would be to wait, at each, for another line of cache.

namespace crex::detail::robust {

// Apart by two lines, since some processors fetch them in pairs.
inline constexpr std::size_t apart = 2 * cache_line;

struct RingBody {
    alignas(apart) std::atomic<std::uint32_t> status;
    alignas(apart) std::atomic<std::uint64_t> tail; // records committed, at least
    alignas(apart) std::atomic<std::uint64_t> head; // and consumed
    alignas(apart) EventCount not_empty;            // where the consumer sleeps
    alignas(apart) EventCount not_full;             // and the producer
};

static_assert(sizeof(RingBody) == 640);

// The bit of RingBody::status.
inline constexpr std::uint32_t ring_shut_down = 1;

// Thrown by whoever finds the memory to make no sense.
struct RingDamage {};

inline void require_sane(bool sane) {
    if (!sane) [[unlikely]] {
        throw RingDamage{};
    }
}

class RingMemory {
public:
    static constexpr std::uint64_t alignment = 16;
    static constexpr std::size_t fewest_marks = 64;
    static constexpr std::size_t marks_offset = body_offset + sizeof(RingBody);

    // The file's size for such a header, 0 when there is no such ring; and where the data begin.
    static std::uint64_t size_for(const Header& header);
    static std::uint64_t data_offset(const Header& header);

    // `data` is data_offset() and capacity bytes of the segment, and stays where it is.
    RingMemory(const Segment& segment, const Mirror& data);

    // Makes an empty ring of a new segment's zeros.
    void begin() const { mark(~std::uint64_t{0}).store(capacity_); }

    [[nodiscard]] RingBody& body() const { return *body_; }
    [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

    // Two fewer than there are marks: the one before the oldest record says where that begins, and
    // the one behind the newest is 0.
    [[nodiscard]] std::uint64_t most_records() const { return marks_mask_ - 1; }

    [[nodiscard]] std::atomic<std::uint64_t>& mark(std::uint64_t record) const {
        return marks_[record & marks_mask_];
    }

    // Where the record begins, when the one before it is committed.
    [[nodiscard]] std::uint64_t begin_of(std::uint64_t record) const {
        return aligned(mark(record - 1).load(std::memory_order_relaxed));
    }

    // As many bytes from there as the ring has are in one piece.
    [[nodiscard]] std::byte* at(std::uint64_t position) const {
        return data_ + (position & (capacity_ - 1));
    }

    static constexpr std::uint64_t aligned(std::uint64_t position) {
        return (position + alignment - 1) / alignment * alignment;
    }

    [[nodiscard]] bool is_shut_down() const {
        return (body_->status.load(std::memory_order_acquire) & ring_shut_down) != 0;
    }

private:
    RingBody* body_;
    std::atomic<std::uint64_t>* marks_;
    std::byte* data_;
    std::uint64_t capacity_; // a power of two, like the number of marks
    std::uint64_t marks_mask_;
};

extern const Kind ring_kind;

} // namespace crex::detail::robust
