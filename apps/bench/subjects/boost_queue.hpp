// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <boost/interprocess/ipc/message_queue.hpp>

#include "subjects/subject.hpp"

namespace bench {

// Boost's message queue, without crex.
class BoostQueue : public QueueProperties {
public:
    // Makes an empty queue and returns its shape.
    static Shape create(const std::string& object, Shape shape) {
        Native{boost::interprocess::create_only, object.c_str(), shape.capacity, shape.size,
               boost::interprocess::permissions{0600}};
        return shape;
    }

    static void remove(const std::string& object) noexcept { Native::remove(object.c_str()); }

    BoostQueue(const std::string& object, End)
        : queue_{boost::interprocess::open_only, object.c_str()} {}

    void send(std::span<const std::byte> body, unsigned priority) {
        queue_.send(body.data(), body.size(), priority);
    }

    Arrival receive(std::span<std::byte> buffer) {
        Native::size_type size = 0;
        unsigned priority = 0;
        queue_.receive(buffer.data(), buffer.size(), size, priority);
        return {size, priority};
    }

private:
    using Native = boost::interprocess::message_queue;

    Native queue_;
};

} // namespace bench
