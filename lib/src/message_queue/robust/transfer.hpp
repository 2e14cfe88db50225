// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "message_queue/robust/core.hpp"

// Sending and receiving by copy. A message of up to 64 KiB is copied under the lock, and is in the
// queue or out of it with one store. A larger message goes through a loan or a lease, and is copied
// without a lock held.

namespace crex::detail::robust {

// Bounds how long other participants wait for a copy: about one or two microseconds. receive_many()
// copies up to twice as much under one lock. Not tuned.
inline constexpr std::size_t copied_under_lock = 64 << 10;

using Messages = std::span<const std::span<const std::byte>>;

// Whether an index has been used like a lane for so long that it is worth checking whether it can
// become one again. Only an empty queue can.
inline bool is_worth_a_lane(const QueueMemory& memory) {
    constexpr std::uint32_t in_a_row = 64;
    const std::uint32_t in_order = memory.body().in_order.load(std::memory_order_relaxed);
    return in_order != 0 && in_order % in_a_row == 0;
}

// For a call that may find any number of messages which go to the dead letters: checked after each.
// A caller that does not wait gets 20 ms for them.
class TimeToMove {
public:
    explicit TimeToMove(const Deadline& deadline) : deadline_{deadline} {}
    [[nodiscard]] bool is_left() {
        const auto now = Deadline::Clock::now();
        began_ = began_ == Deadline::Clock::time_point{} ? now : began_;
        return !deadline_.passed() || now - began_ < std::chrono::milliseconds{20};
    }

private:
    const Deadline& deadline_;
    Deadline::Clock::time_point began_{}; // at the first check
};

} // namespace crex::detail::robust
