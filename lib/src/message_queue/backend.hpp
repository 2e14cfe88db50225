// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <crex/inventory.hpp>
#include <crex/message_queue.hpp>

#include "common/errors.hpp"
#include "common/file_names.hpp"
#include "message_queue/notification.hpp"
#include "platform/deadline.hpp"

// What a message queue's backend has to be able to do. The facade has checked the arguments (sizes,
// priority, direction; no null pointers) before it comes here; a backend need not.

namespace crex::detail {

// A slot that is out of the queue's hands, as a loan or a lease.
struct SlotClaim {
    std::span<std::byte> bytes;
    std::uint32_t slot = 0;
    std::uint64_t control = 0; // the slot's control word while it is ours
    unsigned priority = 0;
    unsigned attempts = 0;
};

// Whether a lease that comes back was an attempt at the message.
enum class Tried { yes, no };

// What only the robust backend can do. See message_queue.hpp and loan.hpp.
class QueueExtras {
public:
    virtual ~QueueExtras() = default;

    virtual std::optional<SlotClaim> loan(const Call& call, std::size_t size,
                                          const Deadline& deadline) = 0;
    virtual void commit(const Call& call, const SlotClaim& loan, std::size_t size,
                        unsigned priority) = 0;
    virtual void drop(const SlotClaim& loan) noexcept = 0;

    virtual std::optional<SlotClaim> lease(const Call& call, const Deadline& deadline) = 0;
    virtual void acknowledge(const Call& call, const SlotClaim& lease) = 0;
    virtual void give_back(const Call& call, const SlotClaim& lease, Tried tried) = 0;

    virtual std::optional<Message> peek(const Call& call) = 0;
    [[nodiscard]] virtual MessageQueueStats stats() const = 0;
    virtual void shut_down(const Call& call) = 0;
    [[nodiscard]] virtual bool is_shut_down() const = 0;
    virtual void repair(const Call& call) = 0;

    // The descriptor that ready_fd() answers, which means nothing yet: nobody pays for it until
    // somebody does call ready_fd().
    [[nodiscard]] virtual int silent_fd(const Call& call) = 0;

    // What calling ready_fd() does, as long as that takes no longer. False, and nothing done, when
    // the deadline passed first; SignalError when a signal handler has run.
    virtual bool make_pollable(const Call& call, const Deadline& deadline) = 0;

    // Ends the waits of other threads on this handle, with ExistentialError. On return they are
    // gone.
    virtual void interrupt_waits() noexcept = 0;
};

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
    virtual std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                                   const Deadline& deadline) = 0;

    // As many of the messages as there is time for; answers how many. Throws only if none was sent.
    virtual std::size_t send_many(const Call& call,
                                  std::span<const std::span<const std::byte>> bodies,
                                  unsigned priority, const Deadline& deadline);

    // As many messages as are there and fit, waiting only for the first; answers how many. There is
    // room for a message of any size, and for one in `received`.
    virtual std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                                     std::span<ReceivedMessage> received, const Deadline& deadline);

    [[nodiscard]] virtual std::size_t max_messages() const = 0;
    [[nodiscard]] virtual std::size_t max_message_size() const = 0;
    [[nodiscard]] virtual std::size_t current_messages() const = 0;

    [[nodiscard]] virtual ObjectId id() const = 0;

    // Whether that, the name it was opened by, is still its own.
    [[nodiscard]] virtual bool is_linked(const std::string& name) const = 0;

    // mq_open(3)'s descriptor, where there is one.
    [[nodiscard]] virtual int descriptor() const noexcept { return -1; }

    // A descriptor that poll(2) calls readable while there are messages.
    [[nodiscard]] virtual int ready_fd(const Call& call) = 0;

    // Tells once that a message has come into the empty queue for which nobody waited. BusyError
    // when another process is to be told already.
    virtual void notify(const Call& call, Notification notification, SecondRequest second) = 0;

    // Takes this process's request back; and what has to go when the handle is closed.
    virtual void cancel_notification() noexcept = 0;
    virtual void end_notification() noexcept { cancel_notification(); }

    // Null where there are none.
    [[nodiscard]] virtual QueueExtras* extras() noexcept { return nullptr; }
};

// A backend: how its queues come to be and go. The name is the call's object.
struct QueueBackend {
    std::string_view name;
    NameRule names;
    bool has_extras; // and with them, the options that go with them

    // Null when there is no queue of that name.
    std::unique_ptr<Queue> (*open)(const Call& call, const MessageQueueOptions& options);
    // Null when the name is taken.
    std::unique_ptr<Queue> (*create)(const Call& call, const MessageQueueOptions& options);
    void (*unlink)(const Call& call);
    std::optional<ObjectInfo> (*inspect)(const Call& call);
};

extern const QueueBackend boost_backend;
extern const QueueBackend posix_backend;
extern const QueueBackend robust_backend;

const QueueBackend& backend_of(Backend backend);

// What is inside a handle. Throws when it is closed.
Queue& queue_of(const MessageQueue& queue);

} // namespace crex::detail
