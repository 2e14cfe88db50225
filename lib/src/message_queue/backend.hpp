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

// What a message queue's backend must implement. The facade checks the arguments before it calls a
// backend (sizes, priority, direction; no null pointers), so a backend does not.

namespace crex::detail {

// Whether a nack counts as an attempt at the message.
enum class Tried { yes, no };

// What only the robust backend can do. See message_queue.hpp and loan.hpp. Loans and leases do not
// have the queue's name: the functions that end one get its function, and name the queue in errors.
class QueueExtras {
public:
    virtual ~QueueExtras() = default;

    [[nodiscard]] virtual const std::string& name() const noexcept = 0;

    virtual std::optional<SlotClaim> loan(const Call& call, std::size_t size,
                                          const Deadline& deadline) = 0;
    virtual void commit(const char* function, const SlotClaim& loan, std::size_t size,
                        unsigned priority) = 0;
    virtual void drop(const SlotClaim& loan) noexcept = 0;

    virtual std::optional<SlotClaim> lease(const Call& call, const Deadline& deadline) = 0;
    virtual void acknowledge(const char* function, const SlotClaim& lease) = 0;
    virtual void nack(const char* function, const SlotClaim& lease, Tried tried) = 0;
    // See Lease::token().
    [[nodiscard]] virtual std::uint64_t token(const SlotClaim&) const noexcept { return 0; }

    virtual std::optional<Message> peek(const Call& call) = 0;
    [[nodiscard]] virtual MessageQueueStats stats() const = 0;
    virtual void shut_down(const Call& call) = 0;
    [[nodiscard]] virtual bool is_shut_down() const = 0;
    virtual void repair(const Call& call) = 0;

    // Returns the descriptor of ready_fd() while it shows nothing yet. The queue pays for polling
    // only from ready_fd() or make_pollable() on.
    [[nodiscard]] virtual int silent_fd(const Call& call) = 0;

    // Does what ready_fd() does, within a deadline. Returns false, and does nothing, when the
    // deadline passed first. Throws SignalError when a signal handler has run.
    virtual bool make_pollable(const Call& call, const Deadline& deadline) = 0;

    // Makes the calls that wait on this handle in other threads throw ExistentialError. Returns
    // when these calls have ended.
    virtual void interrupt_waits() noexcept = 0;
};

// One handle on one queue. Any number of threads may call it at once.
class Queue {
public:
    virtual ~Queue() = default;

    // The usual case of send() and receive(), in which there is nothing to wait for and nothing to
    // say. Both return false, and have done nothing, in any other case, and where a backend has no
    // faster way for it.
    virtual bool send_at_once(std::span<const std::byte> /*body*/, unsigned /*priority*/) {
        return false;
    }
    virtual bool receive_at_once(std::span<std::byte> /*buffer*/, ReceivedMessage& /*received*/) {
        return false;
    }

    // Appends a message. Returns false when the deadline passed first. Throws SignalError,
    // CorruptError and the other errors of a queue. `call` names the function and the object in
    // them.
    virtual bool send(const Call& call, std::span<const std::byte> body, unsigned priority,
                      const Deadline& deadline) = 0;

    // Takes the first message into `buffer`, which must have room for max_message_size() bytes.
    // Returns nullopt when the deadline passed first. Throws like send().
    virtual std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                                   const Deadline& deadline) = 0;

    // Sends as many of the messages as there is time for, and returns how many. Throws only if none
    // was sent.
    virtual std::size_t send_many(const Call& call,
                                  std::span<const std::span<const std::byte>> bodies,
                                  unsigned priority, const Deadline& deadline);

    // Whether send_many() gets all messages in one call, as each costs a round trip. Then it must
    // take empty ones without a pointer, too.
    [[nodiscard]] virtual bool sends_all_at_once() const { return false; }

    // Takes as many messages as are there and fit, waits only for the first, and returns how many.
    // `buffer` must have room for max_message_size() bytes.
    virtual std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                                     std::span<ReceivedMessage> received, const Deadline& deadline);

    [[nodiscard]] virtual std::size_t max_messages() const = 0;
    [[nodiscard]] virtual std::size_t max_message_size() const = 0;
    [[nodiscard]] virtual std::size_t current_messages() const = 0;

    [[nodiscard]] virtual ObjectId id() const = 0;

    // Whether `name`, by which the queue was opened, is still this queue's.
    [[nodiscard]] virtual bool is_linked(const std::string& name) const = 0;

    // The descriptor of mq_open(3); -1 on other backends.
    [[nodiscard]] virtual int descriptor() const noexcept { return -1; }

    // A descriptor that poll(2) reports as readable while there are messages.
    [[nodiscard]] virtual int ready_fd(const Call& call) = 0;

    // Notifies once, when a message comes into the empty queue and no receiver waits for it. If
    // this process has made a request already, `second` decides. Throws BusyError when another
    // process has.
    virtual void notify(const Call& call, Notification notification, SecondRequest second) = 0;

    // cancel_notification() withdraws this process's request. end_notification() is for closing the
    // handle: it withdraws a request that cannot outlive the handle.
    virtual void cancel_notification() noexcept = 0;
    virtual void end_notification() noexcept { cancel_notification(); }

    // Null on a backend without extras.
    [[nodiscard]] virtual QueueExtras* extras() noexcept { return nullptr; }
};

// A backend: how its queues are opened, created, unlinked and inspected. `call.object` is the name.
struct QueueBackend {
    std::string_view name;
    NameRule names;
    bool has_extras; // and accepts the options that go with them

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
extern const QueueBackend remote_backend; // only to open and create; see QueuesAt

const QueueBackend& backend_of(Backend backend);

// The queue of an open handle. Throws when the handle is closed.
Queue& queue_of(const MessageQueue& queue);

} // namespace crex::detail
