// SPDX-License-Identifier: BSL-1.0
#include "message_queue/backend.hpp"

// Batches for backends that have none of their own: one message after another.

namespace crex::detail {

std::size_t Queue::send_many(const Call& call, std::span<const std::span<const std::byte>> bodies,
                             unsigned priority, const Deadline& deadline) {
    std::size_t sent = 0;
    try {
        while (sent < bodies.size() && send(call, bodies[sent], priority, deadline)) {
            ++sent;
        }
    } catch (...) {
        if (sent == 0) {
            throw;
        }
    }
    return sent;
}

std::size_t Queue::receive_many(const Call& call, std::span<std::byte> buffer,
                                std::span<ReceivedMessage> received, const Deadline& deadline) {
    const Deadline at_once{do_not_wait};
    std::size_t count = 0;
    while (count < received.size() && buffer.size() >= max_message_size()) {
        std::optional<ReceivedMessage> next;
        try {
            next = receive(call, buffer, count == 0 ? deadline : at_once);
        } catch (...) {
            if (count == 0) {
                throw;
            }
        }
        if (!next) {
            break;
        }
        buffer = buffer.subspan(next->size);
        received[count++] = *next;
    }
    return count;
}

} // namespace crex::detail
