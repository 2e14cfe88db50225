// SPDX-License-Identifier: BSL-1.0
#include "ring/ring_memory.hpp"

#include <bit>

#include <crex/limits.hpp>

namespace crex::detail::robust {

const Kind ring_kind{3, "crex-ring.", "ring", RingMemory::size_for};

// A whole number of pages, so that the data can be mapped on their own.
std::uint64_t RingMemory::data_offset(const Header& header) {
    const std::uint64_t end = marks_offset + header.item_size * sizeof(std::uint64_t);
    return (end + page_size() - 1) / page_size() * page_size();
}

std::uint64_t RingMemory::size_for(const Header& header) {
    const bool possible =
        header.participants == participants_default && std::has_single_bit(header.capacity) &&
        header.capacity >= page_size() && header.capacity <= ring_capacity_max &&
        std::has_single_bit(header.item_size) && header.item_size >= fewest_marks &&
        header.item_size <= std::bit_ceil(ring_records_max + 2);
    return possible ? data_offset(header) + header.capacity : 0;
}

RingMemory::RingMemory(const Segment& segment, const Mirror& data)
    : body_{segment.at<RingBody>(body_offset)},
      marks_{segment.at<std::atomic<std::uint64_t>>(marks_offset)}, data_{data.data()},
      capacity_{segment.header().capacity}, marks_mask_{segment.header().item_size - 1} {}

} // namespace crex::detail::robust
