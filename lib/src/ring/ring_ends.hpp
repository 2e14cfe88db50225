// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ring/ring_memory.hpp"

// What the two ends of a ring do, without waiting. Each end belongs to one thread of one process
// and keeps its place to itself. So all it has to read is what the other end has stored.

namespace crex::detail::robust {

// A producer killed before commit() stores the first mark leaves bytes and marks that no consumer
// reads, since that mark is 0; the next producer overwrites them. If it is killed after that store,
// only the counting is missing, and the next producer counts.
class RingWriter {
public:
    // Goes on where the last producer stopped.
    explicit RingWriter(const RingMemory& memory);

    // Room for one more record behind those already reserved, aligned and contiguous. Null when
    // there is none now. `size` must be at most the capacity.
    [[nodiscard]] std::byte* reserve(std::uint64_t size) {
        return has_room(size) || has_room_now(size) ? reserve_room(size) : nullptr;
    }

    // Whether reserve_room() may be called, as far as is known without reading `head` again.
    [[nodiscard]] bool has_room(std::uint64_t size) const {
        return RingMemory::aligned(end_) - oldest_ + size <= memory_.capacity() &&
               next_ - head_ < memory_.most_records();
    }
    [[nodiscard]] std::byte* reserve_room(std::uint64_t size) {
        begin_ = RingMemory::aligned(end_);
        ++next_;
        set_end(begin_ + size);
        return memory_.at(begin_);
    }

    // Makes the record reserved last shorter.
    void shrink(std::uint64_t size) { set_end(begin_ + size); }

    // Gives all reserved records to the consumer, by storing the first one's mark. Before that, the
    // mark behind the last one is set to 0: an earlier or a cancelled record may have left
    // something there.
    void commit() {
        memory_.mark(next_).store(0, std::memory_order_relaxed);
        memory_.mark(tail_).store(first_end_, std::memory_order_release);
        tail_ = next_;
        committed_ = RingMemory::aligned(end_);
        memory_.body().tail.store(tail_, std::memory_order_release);
    }

    // Drops the reserved records.
    void cancel() {
        next_ = tail_;
        begin_ = end_ = committed_;
    }

    [[nodiscard]] bool has_reserved() const { return next_ != tail_; }
    [[nodiscard]] std::uint64_t size_of_last() const { return end_ - begin_; }

    // Whether there would be room if the consumer had consumed all committed records.
    [[nodiscard]] bool could_have_room(std::uint64_t size) const {
        return RingMemory::aligned(end_) - committed_ + size <= memory_.capacity() &&
               next_ - tail_ < memory_.most_records();
    }

    // Whether there is room now; reads `head` again.
    [[nodiscard]] bool has_room_now(std::uint64_t size) {
        read_head();
        return has_room(size);
    }

    // How many records were consumed when `head` was last read, and whether at least half of the
    // ring was free.
    [[nodiscard]] std::uint64_t consumed() const { return head_; }
    [[nodiscard]] bool is_roomy() const {
        return next_ - head_ <= memory_.most_records() / 2 &&
               end_ - oldest_ <= memory_.capacity() / 2;
    }

private:
    void set_end(std::uint64_t end) {
        end_ = end;
        if (next_ - tail_ == 1) {
            first_end_ = end;
        } else {
            memory_.mark(next_ - 1).store(end, std::memory_order_relaxed);
        }
    }
    void read_head();
    void count_committed();

    const RingMemory& memory_;
    std::uint64_t tail_;      // records committed
    std::uint64_t next_;      // records committed or reserved
    std::uint64_t head_;      // records consumed, as seen last
    std::uint64_t oldest_;    // where the record `head_` begins
    std::uint64_t committed_; // where the first record not committed begins
    std::uint64_t begin_;     // of the record reserved last
    std::uint64_t end_;
    std::uint64_t first_end_ = 0; // of the first reserved, whose mark is not stored yet
};

// A consumer killed before consume() stores `head` has changed nothing: the next consumer finds the
// records again.
class RingReader {
public:
    explicit RingReader(const RingMemory& memory);

    using Record = std::span<const std::byte>;

    // The oldest records, as many as there are and `records` has room for.
    std::size_t peek(std::span<Record> records) {
        fetch_ahead();
        const auto most = std::min<std::uint64_t>(records.size(), memory_.most_records());
        after_ = begin_;
        for (peeked_ = 0; peeked_ < most; ++peeked_) {
            const std::uint64_t end = committed_end(head_ + peeked_);
            if (end == 0) {
                break;
            }
            require_sane(end - after_ <= memory_.capacity() - (after_ - begin_));
            records[peeked_] = {memory_.at(after_), static_cast<std::size_t>(end - after_)};
            after_ = RingMemory::aligned(end);
        }
        return peeked_;
    }

    // Takes out the oldest record if there is one for which `copy(record)` returns true. Where
    // peek() finds that the memory makes no sense, it does nothing.
    template <class Copy> bool take(Copy copy) {
        fetch_ahead();
        const std::uint64_t end = committed_end(head_);
        const auto size = static_cast<std::size_t>(end - begin_);
        if (end == 0 || size > memory_.capacity() || !copy(Record{memory_.at(begin_), size})) {
            return false;
        }
        begin_ = after_ = RingMemory::aligned(end);
        peeked_ = 0;
        memory_.body().head.store(++head_, std::memory_order_release);
        return true;
    }

    // How many records the last peek() showed that have not been consumed.
    [[nodiscard]] std::uint64_t peeked() const { return peeked_; }

    // Takes out the first `count` of the peeked records, by one store. `count` must be at most
    // peeked().
    void consume(std::size_t count) {
        begin_ = count == peeked_ ? after_ : begin_behind(count);
        head_ += count;
        peeked_ -= count;
        memory_.body().head.store(head_, std::memory_order_release);
    }

    // How many records there are now; 2 stands for two or more.
    [[nodiscard]] std::size_t count_now() const {
        return committed_end(head_) == 0 ? 0 : committed_end(head_ + 1) == 0 ? 1 : 2;
    }

    // Whether there is enough room to wake the producer for it.
    [[nodiscard]] bool is_roomy() const;

    // Throws RingDamage when `tail` makes no sense, or counts a record whose mark is 0.
    void check_count() const;

private:
    [[nodiscard]] std::uint64_t committed_end(std::uint64_t record) const {
        return memory_.mark(record).load(std::memory_order_acquire);
    }
    [[nodiscard]] std::uint64_t begin_behind(std::uint64_t count) const;

    // Prefetches the bytes of a record that is eight ahead, if there is one, so that several cache
    // lines are on their way at once. A mark left from the round before is at most `begin_`.
    void fetch_ahead() const {
        constexpr std::uint64_t ahead = 8;
        const std::uint64_t end = memory_.mark(head_ + ahead).load(std::memory_order_relaxed);
        if (end - begin_ - 1 < memory_.capacity()) {
            __builtin_prefetch(memory_.at(end - 1));
        }
    }

    const RingMemory& memory_;
    std::uint64_t head_;  // records consumed
    std::uint64_t begin_; // where the oldest begins
    std::size_t peeked_ = 0;
    std::uint64_t after_; // where the record behind the peeked ones begins
};

} // namespace crex::detail::robust
