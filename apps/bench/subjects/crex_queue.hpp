// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <crex/message_queue.hpp>

#include "subjects/subject.hpp"

namespace bench {

// crex's queue with its default options, on one of its backends.
template <crex::Backend backend> class CrexQueue : public QueueProperties {
public:
    static constexpr std::string_view waiting =
        backend == crex::Backend::posix ? waits::sleeping : waits::adaptively;
    static constexpr bool batches = true;
    static constexpr bool lends = backend == crex::Backend::robust;

    static Shape create(const std::string& object, Shape shape) {
        crex::MessageQueueOptions options;
        options.max_messages = shape.capacity;
        options.max_message_size = shape.size;
        options.backend = backend;
        options.sparse = backend == crex::Backend::robust && needs_much_memory(shape);
        options.max_handles = std::max(options.max_handles, shape.handles);
        crex::MessageQueue{object, crex::O_CREX, options};
        return shape;
    }

    static void remove(const std::string& object) noexcept {
        try {
            crex::unlink_message_queue(object, backend);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    CrexQueue(const std::string& object, End) : queue_{object, 0, {.backend = backend}} {}

    void send(std::span<const std::byte> body, unsigned priority) {
        queue_.send(body, {}, priority);
    }

    Arrival receive(std::span<std::byte> buffer) {
        const crex::ReceivedMessage received = queue_.receive_into(buffer);
        return {received.size, received.priority};
    }

    crex::MessageQueue& operator*() { return queue_; }

private:
    // About 1 GiB, which crex does not reserve unasked.
    static bool needs_much_memory(const Shape& shape) {
        constexpr std::size_t overhead = 256; // bytes of a message, at most
        return shape.capacity * (shape.size + overhead) >= std::size_t{1} << 30;
    }

    crex::MessageQueue queue_;
};

} // namespace bench
