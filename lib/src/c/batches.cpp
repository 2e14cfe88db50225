// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstddef>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "c/message_queue.hpp"
#include "c/room.hpp"

// Many messages at a time: C's structs as C++ has them.

using namespace crex::c;

int crex_message_queue_send_many(crex_message_queue* queue, const crex_bytes* bodies, size_t count,
                                 size_t* sent, unsigned priority, int64_t timeout) {
    return waited(__func__, queue, "no room in time", [&](crex::MessageQueue& object) {
        std::size_t& how_many = at(sent, "sent");
        check_array(bodies, count, "bodies");
        Room<std::span<const std::byte>> room{count};
        const auto spans = room.values();
        std::transform(bodies, bodies + count, spans.begin(), [](const crex_bytes& body) {
            return bytes_at(body.data, body.size, "a body");
        });
        const std::size_t done = object.send_many(spans, timeout_from(timeout), priority);
        if (done == 0 && count != 0) {
            return false;
        }
        how_many = done;
        return true;
    });
}

int crex_message_queue_receive_many(crex_message_queue* queue, void* buffer, size_t room,
                                    crex_received_message* received, size_t count, size_t* taken,
                                    int64_t timeout) {
    return waited(__func__, queue, "no message in time", [&](crex::MessageQueue& object) {
        std::size_t& how_many = at(taken, "taken");
        check_array(received, count, "received");
        Room<crex::ReceivedMessage> here{count};
        const auto messages = here.values();
        const std::size_t done = object.receive_many_into(bytes_at(buffer, room, "buffer"),
                                                          messages, timeout_from(timeout));
        if (done == 0 && count != 0) {
            return false;
        }
        std::transform(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(done),
                       received, [](const crex::ReceivedMessage& message) {
                           return crex_received_message{message.size, message.priority, 0};
                       });
        how_many = done;
        return true;
    });
}
