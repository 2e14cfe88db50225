// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <crex/message_queue.hpp>

#include "queue/subject.hpp"

namespace bench {

// crex's queue with its default options, on one of its backends.
template <crex::Backend backend> class CrexQueue {
public:
    static constexpr std::string_view name = backend == crex::Backend::robust  ? "crex"
                                             : backend == crex::Backend::boost ? "crex-boost"
                                                                               : "crex-posix";
    static constexpr bool batches = true;
    static constexpr bool lends = backend == crex::Backend::robust;

    static Shape create(const std::string& object, Shape shape) {
        crex::MessageQueue{
            object,
            crex::O_CREX,
            {.max_messages = shape.capacity, .max_message_size = shape.size, .backend = backend}};
        return shape;
    }

    static void remove(const std::string& object) noexcept {
        try {
            crex::unlink_message_queue(object, backend);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    explicit CrexQueue(const std::string& object) : queue_{object, 0, {.backend = backend}} {}

    void send(std::span<const std::byte> body, unsigned priority) {
        queue_.send(body, {}, priority);
    }

    Arrival receive(std::span<std::byte> buffer) {
        const crex::ReceivedMessage received = queue_.receive_into(buffer);
        return {received.size, received.priority};
    }

    crex::MessageQueue& operator*() { return queue_; }

private:
    crex::MessageQueue queue_;
};

} // namespace bench
