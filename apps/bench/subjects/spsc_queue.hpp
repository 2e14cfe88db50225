// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <boost/lockfree/spsc_queue.hpp>

#include "subjects/pause.hpp"
#include "subjects/shared_object.hpp"
#include "subjects/subject.hpp"

namespace bench {

// Boost's lock-free queue for one process on each side, in shared memory. It cannot wait, so both
// sides poll.
class SpscQueue : public Properties {
public:
    static constexpr std::string_view waiting = waits::spinning;

    static Shape create(const std::string& object, Shape shape) {
        if (shape.size != size) {
            throw Refused{"its messages have a size known at compile time"};
        }
        Shared::create(object, 0);
        return {capacity, size};
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    SpscQueue(const std::string& object, End) : queue_{object} {}

    void send(std::span<const std::byte> body, unsigned) {
        Message message;
        std::memcpy(message.data(), body.data(), size);
        while (!queue_->push(message)) {
            pause();
        }
    }

    Arrival receive(std::span<std::byte> buffer) {
        Message message;
        while (!queue_->pop(message)) {
            pause();
        }
        std::memcpy(buffer.data(), message.data(), size);
        return {size, 0};
    }

private:
    static constexpr std::size_t size = 64;
    static constexpr std::size_t capacity = 16384;
    using Message = std::array<std::byte, size>;
    using Shared =
        SharedObject<boost::lockfree::spsc_queue<Message, boost::lockfree::capacity<capacity>>>;

    Shared queue_;
};

} // namespace bench
