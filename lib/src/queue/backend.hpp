// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <crex/inventory.hpp>
#include <crex/message_queue.hpp>

#include "errors.hpp"
#include "platform/deadline.hpp"

// What a message queue's backend has to be able to do. The facade has checked the arguments (sizes,
// priority, direction; no null pointers) before it comes here; a backend need not.

namespace crex::detail {

// One handle on one queue. Any number of threads may call it at once.
class Queue {
public:
    virtual ~Queue() = default;

    // Appends a message. False when the deadline passed first; throws SignalError, CorruptError and
    // what else can happen to a queue, in the name of `call`.
    virtual bool send(const Call& call, std::span<const std::byte> body, unsigned priority,
                      const Deadline& deadline) = 0;

    // Takes the first message into `buffer`, which holds max_message_size() bytes or more. Nothing
    // when the deadline passed first; throws like send().
    virtual std::optional<ReceivedInto> receive(const Call& call, std::span<std::byte> buffer,
                                                const Deadline& deadline) = 0;

    [[nodiscard]] virtual std::size_t max_messages() const = 0;
    [[nodiscard]] virtual std::size_t max_message_size() const = 0;
    [[nodiscard]] virtual std::size_t current_messages() const = 0;

    // mq_open(3)'s descriptor, where there is one.
    [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
};

// A backend: how its queues come to be and go. The name is the call's object.
struct QueueBackend {
    std::string_view name;

    // Null when there is no queue of that name.
    std::unique_ptr<Queue> (*open)(const Call& call, const MessageQueueOptions& options);
    // Null when the name is taken.
    std::unique_ptr<Queue> (*create)(const Call& call, const MessageQueueOptions& options);
    void (*unlink)(const Call& call);
    std::optional<ObjectInfo> (*inspect)(const Call& call);
};

extern const QueueBackend boost_backend;
extern const QueueBackend posix_backend;

const QueueBackend& backend_of(Backend backend);

} // namespace crex::detail
