// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/queue_memory.hpp"

#include <algorithm>

#include <crex/limits.hpp>

namespace crex::detail::robust {
namespace {

constexpr std::uint64_t rounded(std::uint64_t size) {
    return (size + cache_line - 1) / cache_line * cache_line;
}

std::uint64_t list_count(const Header& header) {
    return std::min<std::uint64_t>(priorities, std::bit_ceil(2 * header.capacity));
}

// Enough that each end can work for some time without the other; few enough to be drained in one
// go.
std::uint64_t arrival_count(const Header& header) {
    return std::min<std::uint64_t>(4096, std::bit_ceil(header.capacity));
}

std::uint64_t stride(const Header& header) { return rounded(sizeof(Slot) + header.item_size); }

// The offsets of the parts.
struct Places {
    explicit Places(const Header& header)
        : priority_lists{body_offset + sizeof(QueueBody)}, links{priority_lists +
                                                                 rounded(list_count(header) *
                                                                         sizeof(PriorityList))},
          order{links + rounded(header.capacity * sizeof(std::uint32_t))},
          handoff_ring{order + rounded(header.capacity * sizeof(std::uint32_t))},
          slots{handoff_ring + rounded(arrival_count(header) * sizeof(std::uint64_t))},
          end{slots + header.capacity * stride(header)} {}

    std::uint64_t priority_lists;
    std::uint64_t links;
    std::uint64_t order;
    std::uint64_t handoff_ring;
    std::uint64_t slots;
    std::uint64_t end;
};

} // namespace

const Kind queue_kind{1, "crex-mq.", "message queue", QueueMemory::size_for};

std::uint64_t QueueMemory::size_for(const Header& header) {
    const bool possible =
        header.capacity >= 1 && header.capacity <= robust_queue_messages_max &&
        header.item_size >= 1 && header.item_size <= robust_queue_message_size_max &&
        header.item_size <= largest_queue / header.capacity &&
        header.max_attempts <= Control::attempts_max && header.dead_letter.back() == '\0';
    return possible ? Places{header}.end : 0;
}

QueueMemory::QueueMemory(const Segment& segment)
    : stride_{static_cast<std::size_t>(stride(segment.header()))},
      max_size_{static_cast<std::size_t>(segment.header().item_size)},
      capacity_{static_cast<std::uint32_t>(segment.header().capacity)},
      list_count_{static_cast<std::uint32_t>(list_count(segment.header()))},
      arrival_count_{static_cast<std::uint32_t>(arrival_count(segment.header()))} {
    const Places places{segment.header()};
    body_ = segment.at<QueueBody>(body_offset);
    lists_ = segment.at<PriorityList>(places.priority_lists);
    links_ = segment.at<std::atomic<std::uint32_t>>(places.links);
    order_ = segment.at<std::atomic<std::uint32_t>>(places.order);
    arrivals_ = segment.at<std::atomic<std::uint64_t>>(places.handoff_ring);
    slots_ = segment.at<std::byte>(places.slots);
}

void QueueMemory::damaged() const {
    set(needs_recovery);
    throw Damage{};
}

} // namespace crex::detail::robust
