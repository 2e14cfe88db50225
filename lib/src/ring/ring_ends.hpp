// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ring/ring_memory.hpp"

// What the two ends of a ring do, without waiting. Each is one process's and one thread's, and
// keeps to itself where it is, so that all it has to read is what the other end has stored.

namespace crex::detail::robust {

// Killed before commit()'s store of a mark it leaves bytes and marks that nobody looks at, because
// the mark before them is 0, and the next producer writes over them. Killed after it, all is done
// but to count, and the next producer counts.
class RingWriter {
public:
    // Goes on where the last producer left off.
    explicit RingWriter(const RingMemory& memory);

    // Room for one more record behind those reserved before, which is aligned and in one piece.
    // Null when there is none now. `size` is at most the capacity.
    [[nodiscard]] std::byte* reserve(std::uint64_t size) {
        if (!has_room(size) && !(look(), has_room(size))) {
            return nullptr;
        }
        begin_ = RingMemory::aligned(end_);
        ++next_;
        set_end(begin_ + size);
        return memory_.at(begin_);
    }

    // Makes the record reserved last shorter.
    void shrink(std::uint64_t size) { set_end(begin_ + size); }

    // All reserved records become the consumer's, with the store of the first one's mark. Before
    // it, the mark behind the last one is made 0: an earlier record, or one given up, may have left
    // something there.
    void commit() {
        memory_.mark(next_).store(0, std::memory_order_relaxed);
        memory_.mark(tail_).store(first_end_, std::memory_order_release);
        tail_ = next_;
        committed_ = RingMemory::aligned(end_);
        memory_.body().tail.store(tail_, std::memory_order_release);
    }

    // They never were.
    void cancel() {
        next_ = tail_;
        begin_ = end_ = committed_;
    }

    [[nodiscard]] bool has_reserved() const { return next_ != tail_; }
    [[nodiscard]] std::uint64_t size_of_last() const { return end_ - begin_; }

    // Whether there would be room if the consumer had consumed all that is committed.
    [[nodiscard]] bool could_have_room(std::uint64_t size) const {
        return RingMemory::aligned(end_) - committed_ + size <= memory_.capacity() &&
               next_ - tail_ < memory_.most_records();
    }

    // Whether there is by now.
    [[nodiscard]] bool has_room_now(std::uint64_t size) {
        look();
        return has_room(size);
    }

    // How many records the last look found consumed; and whether they were many.
    [[nodiscard]] std::uint64_t consumed() const { return head_; }
    [[nodiscard]] bool is_roomy() const {
        return next_ - head_ <= memory_.most_records() / 2 &&
               end_ - oldest_ <= memory_.capacity() / 2;
    }

private:
    [[nodiscard]] bool has_room(std::uint64_t size) const {
        return RingMemory::aligned(end_) - oldest_ + size <= memory_.capacity() &&
               next_ - head_ < memory_.most_records();
    }
    void set_end(std::uint64_t end) {
        end_ = end;
        if (next_ - tail_ == 1) {
            first_end_ = end;
        } else {
            memory_.mark(next_ - 1).store(end, std::memory_order_relaxed);
        }
    }
    void look();
    void count_committed();

    const RingMemory& memory_;
    std::uint64_t tail_;      // records committed
    std::uint64_t next_;      // and with those reserved
    std::uint64_t head_;      // consumed, as seen last
    std::uint64_t oldest_;    // where the record `head_` begins
    std::uint64_t committed_; // where the first record not committed begins
    std::uint64_t begin_;     // of the record reserved last
    std::uint64_t end_;
    std::uint64_t first_end_ = 0; // of the first reserved, which is not in its mark yet
};

// Killed before consume()'s store it has changed nothing: the next consumer finds what it found.
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

    // How many records the last peek() showed that have not been consumed.
    [[nodiscard]] std::uint64_t peeked() const { return peeked_; }

    // The first of these are done with, at once. `count` is at most that many.
    void consume(std::size_t count) {
        begin_ = count == peeked_ ? after_ : begin_behind(count);
        head_ += count;
        peeked_ -= count;
        memory_.body().head.store(head_, std::memory_order_release);
    }

    // How many there are now, of which more than two count as two.
    [[nodiscard]] std::size_t count_now() const {
        return committed_end(head_) == 0 ? 0 : committed_end(head_ + 1) == 0 ? 1 : 2;
    }

    // Whether there is so much room that it is worth while to wake the producer for it.
    [[nodiscard]] bool is_roomy() const;

    // Throws RingDamage when records have been counted and cannot be seen.
    void check_count() const;

private:
    [[nodiscard]] std::uint64_t committed_end(std::uint64_t record) const {
        return memory_.mark(record).load(std::memory_order_acquire);
    }
    [[nodiscard]] std::uint64_t begin_behind(std::uint64_t count) const;

    // Asks for the bytes of a record that is some way ahead, if there is one: so that several lines
    // of cache are on their way at once. A mark left from the round before is behind `begin_`.
    void fetch_ahead() const {
        constexpr std::uint64_t ahead = 8;
        const std::uint64_t end = memory_.mark(head_ + ahead).load(std::memory_order_relaxed);
        if (end - begin_ - 1 < memory_.capacity()) {
            __builtin_prefetch(memory_.at(end - 1));
        }
    }

    const RingMemory& memory_;
    std::uint64_t head_;  // records consumed
    std::uint64_t begin_; // of the oldest
    std::size_t peeked_ = 0;
    std::uint64_t after_; // where the record behind the peeked ones begins
};

} // namespace crex::detail::robust
