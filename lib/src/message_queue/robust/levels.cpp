// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/levels.hpp"

#include <algorithm>

namespace crex::detail::robust {
// The messages of the lane or the hand-off ring, and those in the index. A message that moves from
// the ring to the index at the same time is not counted twice, unless messages move during every
// try.
std::size_t current_messages(const QueueMemory& memory) {
    constexpr int tries = 8;
    const auto& body = memory.body();
    std::uint64_t count = 0;
    std::uint64_t head = body.head_sequence.load(std::memory_order_acquire);
    for (int i = 0; i < tries; ++i) {
        const std::uint64_t in_index = body.indexed_messages.load(std::memory_order_acquire);
        count = body.next_sequence.load(relaxed) - head + in_index;
        const std::uint64_t now = body.head_sequence.load(std::memory_order_acquire);
        if (now == head) {
            break;
        }
        head = now;
    }
    return static_cast<std::size_t>(std::min<std::uint64_t>(count, memory.capacity()));
}

std::uint32_t free_slots(const QueueMemory& memory) {
    return (memory.status() & indexed) != 0
               ? FreeSlots{memory}.count()
               : memory.capacity() - static_cast<std::uint32_t>(current_messages(memory));
}

bool is_roomy(const QueueMemory& memory) {
    const std::uint32_t room = free_slots(memory);
    const auto messages = static_cast<std::uint32_t>(current_messages(memory));
    return room != 0 && room >= (room + messages) / 2;
}

} // namespace crex::detail::robust
