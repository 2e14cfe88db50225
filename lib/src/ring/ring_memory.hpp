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
// Records lie one behind the other in the data, round and round, each at a multiple of 16. Records
// and bytes are counted from the ring's creation, and never start again: record i ends at byte
// `mark(i)`, and i + 1 begins at the next multiple of 16. The count of bytes begins with the
// capacity, so that no record ends at 0.
//
// A record is in the ring when no mark from `head` up to its own is 0. `head` is the number of
// records taken out. One store of a mark puts a record in, or several whose other marks are there
// already. One store of `head` takes some out. So a death leaves the ring as it was before or after
// one of these stores, and there is nothing to repair. `tail` counts the records put in, and is
// stored after them, so that a new producer need not go through all of them.
//
// The marks are apart from the records, since records may be long: walking along those would wait,
// at each, for another cache line.

namespace crex::detail::robust {

// Two cache lines apart, since some processors fetch lines in pairs.
inline constexpr std::size_t apart = 2 * cache_line;

struct RingBody {
    alignas(apart) std::atomic<std::uint32_t> status;
    alignas(apart) std::atomic<std::uint64_t> tail; // records committed, at least
    alignas(apart) std::atomic<std::uint64_t> head; // records consumed
    alignas(apart) EventCount not_empty;            // where the consumer sleeps
    alignas(apart) EventCount not_full;             // where the producer sleeps
};

static_assert(sizeof(RingBody) == 640 && offsetof(RingBody, tail) == 128 &&
              offsetof(RingBody, head) == 256 && offsetof(RingBody, not_empty) == 384 &&
              offsetof(RingBody, not_full) == 512);

// The bit of RingBody::status.
inline constexpr std::uint32_t ring_shut_down = 1;

// Thrown when the memory makes no sense.
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

    // The size of the file that a header implies (0 when there is no such ring), and where its data
    // begin.
    static std::uint64_t size_for(const Header& header);
    static std::uint64_t data_offset(const Header& header);

    // `data` is the capacity bytes of the segment at data_offset(), and must stay where it is.
    RingMemory(const Segment& segment, const Mirror& data);

    // Makes an empty ring in a new segment, which is all zeros.
    void begin() const { mark(~std::uint64_t{0}).store(capacity_); }

    [[nodiscard]] RingBody& body() const { return *body_; }
    [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

    // Two fewer than there are marks: the mark before the oldest record says where that record
    // begins, and the mark behind the newest is 0.
    [[nodiscard]] std::uint64_t most_records() const { return marks_mask_ - 1; }

    [[nodiscard]] std::atomic<std::uint64_t>& mark(std::uint64_t record) const {
        return marks_[record & marks_mask_];
    }

    // Where the record begins. The record before it must be committed.
    [[nodiscard]] std::uint64_t begin_of(std::uint64_t record) const {
        return aligned(mark(record - 1).load(std::memory_order_relaxed));
    }

    // The `capacity` bytes from there on are contiguous.
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
