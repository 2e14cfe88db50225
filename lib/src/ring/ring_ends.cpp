// SPDX-License-Identifier: BSL-1.0
#include "ring/ring_ends.hpp"

namespace crex::detail::robust {
namespace {

// Whether `now` lies between `first` and `last`, which is not less than `first`.
constexpr bool is_between(std::uint64_t first, std::uint64_t now, std::uint64_t last) {
    return now - first <= last - first;
}

} // namespace

RingWriter::RingWriter(const RingMemory& memory)
    : memory_{memory}, tail_{memory.body().tail.load(std::memory_order_acquire)},
      head_{memory.body().head.load(std::memory_order_acquire)}, oldest_{memory.begin_of(head_)} {
    count_committed();
    committed_ = memory.begin_of(tail_);
    require_sane(committed_ - oldest_ <= memory.capacity());
    cancel();
}

// The last producer may have died when its records were in and before it had counted them.
void RingWriter::count_committed() {
    if (head_ - tail_ <= memory_.most_records()) {
        tail_ = head_;
    }
    require_sane(tail_ - head_ <= memory_.most_records());
    while (memory_.mark(tail_).load(std::memory_order_acquire) != 0) {
        ++tail_;
        require_sane(tail_ - head_ <= memory_.most_records());
    }
    memory_.body().tail.store(tail_, std::memory_order_release);
}

void RingWriter::read_head() {
    const std::uint64_t head = memory_.body().head.load(std::memory_order_acquire);
    require_sane(is_between(head_, head, tail_));
    const std::uint64_t oldest = memory_.begin_of(head);
    require_sane(is_between(oldest_, oldest, committed_));
    head_ = head;
    oldest_ = oldest;
}

RingReader::RingReader(const RingMemory& memory)
    : memory_{memory}, head_{memory.body().head.load(std::memory_order_acquire)},
      begin_{memory.begin_of(head_)}, after_{begin_} {
    check_count();
}

std::uint64_t RingReader::begin_behind(std::uint64_t count) const {
    const std::uint64_t begin = memory_.begin_of(head_ + count);
    require_sane(is_between(begin_, begin, after_));
    return begin;
}

bool RingReader::is_roomy() const {
    const std::uint64_t tail = memory_.body().tail.load(std::memory_order_acquire);
    const std::uint64_t waiting = tail - head_;
    return waiting > memory_.most_records() || // `tail` is behind
           (waiting <= memory_.most_records() / 2 &&
            memory_.begin_of(tail) - begin_ <= memory_.capacity() / 2);
}

// `tail` may be behind: by records that are being counted just now, or never will be.
void RingReader::check_count() const {
    const std::uint64_t tail = memory_.body().tail.load(std::memory_order_acquire);
    require_sane(tail - head_ <= memory_.most_records() || head_ - tail <= memory_.most_records());
    require_sane(tail - head_ - 1 >= memory_.most_records() || committed_end(head_) != 0);
}

} // namespace crex::detail::robust
