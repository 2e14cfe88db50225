// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <crex/export.hpp>
#include <crex/sysv/object.hpp>
#include <crex/timeout.hpp>

// System V message queues, whose messages have types by which they can be selected (msgop(2)).
//
// A MessageQueue is a handle; see object.hpp for its rules. A message that was sent stays until it
// is received. A process that is killed while it waits disturbs no other process; if it is killed
// while it receives, the message may be lost with it.
//
// A wait without a limit is done in the kernel. The kernel has no other wait for these queues: with
// a timeout or a stop token, a call looks again and again: once it has waited long, every 5 ms.
// Such a call does not stand in the kernel's line, so callers that wait in the kernel come first.

namespace crex::sysv {

/// Returns the size of the longest message that this system accepts, in bytes: kernel.msgmax.
[[nodiscard]] CREX_EXPORT std::size_t message_size_max();

/// How a queue is created, and how this handle uses it.
struct MessageQueueOptions {
    /// Permission bits of a new queue, as in chmod(2); the umask does not apply. Ignored when the
    /// queue exists.
    unsigned mode = 0600;

    /// How many bytes all messages in the queue may have together, not counting their types. Zero
    /// is what the system allows ordinary users, kernel.msgmnb. Ignored when the queue exists.
    std::size_t max_size = 0;

    /// The permissions that this handle requests; at least one must be true.
    bool read = true;
    bool write = true;
};

/// A message's bytes and its type.
struct Message {
    std::string body; ///< may be empty
    long type = 1;    ///< 1 or more
};

/// Which message to receive: the oldest of all (0), the oldest of a type (above 0), or the oldest
/// of the lowest type that is not above -type (below 0).
class Selection {
public:
    /// Selects by `type`, as said above.
    // NOLINTNEXTLINE(google-explicit-constructor): receive({}, 3) is the point.
    constexpr Selection(long type = 0) noexcept : type_{type} {}

    /// The number that was given, and whether it came with except().
    [[nodiscard]] constexpr long type() const noexcept { return type_; }
    [[nodiscard]] constexpr bool is_except() const noexcept { return except_; }

private:
    friend constexpr Selection except(long type) noexcept;

    long type_;
    bool except_ = false;
};

/// Selects the oldest message of any type but this one (MSG_EXCEPT).
[[nodiscard]] constexpr Selection except(long type) noexcept {
    Selection selection{type};
    selection.except_ = true;
    return selection;
}

/// What the kernel knows of a queue.
struct MessageQueueInfo {
    std::size_t current_messages = 0; ///< in it now
    std::size_t current_size = 0;     ///< bytes of all messages in it
    std::size_t max_size = 0;         ///< bytes they may have
    int last_send_pid = 0;            ///< 0 for none
    int last_receive_pid = 0;
    Moment last_send_time;
    Moment last_receive_time;
    Moment last_change_time;
};

/// A handle on a System V message queue, with the rules at the top of this file.
class CREX_EXPORT MessageQueue : public Object {
public:
    /// Opens or creates the queue that has this key, as `flags` say (see open_flags.hpp).
    ///
    /// Throws ExistentialError when the queue is missing, or when it exists and O_CREX was given;
    /// PermissionsError when its mode forbids it, or when max_size is above kernel.msgmnb and the
    /// process has no CAP_SYS_RESOURCE, which root has; Error (ENOSPC) when there are as many
    /// queues as the system allows (the text says how to raise the limit); std::invalid_argument
    /// for a bad flag, mode or size.
    explicit MessageQueue(Key key, int flags = 0, const MessageQueueOptions& options = {});

    /// Opens the queue like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<MessageQueue>
    try_open(Key key, int flags = 0, const MessageQueueOptions& options = {});

    /// Returns the queue that has this id. Throws ExistentialError when there is none.
    [[nodiscard]] static MessageQueue from_id(int id);

    /// Appends a message, which may be empty. Waits while the queue is full.
    ///
    /// Throws BusyError when `timeout` passes first; StoppedError as Timeout says; SignalError when
    /// a signal handler ran during the wait (one installed with SA_RESTART ends only a wait without
    /// a limit, which is the kernel's, signal(7)); ExistentialError when the queue is removed;
    /// PermissionsError when its mode forbids it; std::invalid_argument for a type below 1, and for
    /// a message longer than message_size_max(), or than max_size() (for which the kernel would
    /// wait forever).
    void send(std::span<const std::byte> body, Timeout timeout = {}, long type = 1);
    void send(std::string_view body, Timeout timeout = {}, long type = 1);

    /// Sends like send(), but returns false where that throws BusyError or StoppedError.
    [[nodiscard]] bool try_send(std::span<const std::byte> body, long type = 1);
    [[nodiscard]] bool try_send(std::string_view body, long type = 1);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::span<const std::byte> body,
                                    long type = 1);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::string_view body, long type = 1);

    /// Takes the oldest message that `which` selects. Waits while there is none:
    /// `auto [body, type] = queue.receive({}, 3);`
    ///
    /// Throws BusyError, StoppedError, SignalError, ExistentialError and PermissionsError as send()
    /// does; std::invalid_argument for except() with a type below 1.
    [[nodiscard]] Message receive(Timeout timeout = {}, Selection which = {});

    /// Receives like receive(), but returns std::nullopt where that throws BusyError or
    /// StoppedError.
    [[nodiscard]] std::optional<Message> try_receive(Selection which = {});
    [[nodiscard]] std::optional<Message> try_receive_for(Timeout timeout, Selection which = {});

    /// Returns a copy of the message at this position, 0 being the oldest; the message stays in the
    /// queue. Returns std::nullopt when there are not so many. Unlike sysv_ipc, which has no such
    /// call.
    ///
    /// Throws Error (ENOTSUP) on a kernel without MSG_COPY, which is part of
    /// CONFIG_CHECKPOINT_RESTORE and which distributions have; and for a message longer than
    /// message_size_max(), if that was lowered after the message was sent.
    [[nodiscard]] std::optional<Message> peek(std::size_t position = 0) const;

    /// Return what the kernel knows of the queue now: two numbers, or all.
    [[nodiscard]] std::size_t current_messages() const { return info().current_messages; }
    [[nodiscard]] std::size_t max_size() const { return info().max_size; }
    [[nodiscard]] MessageQueueInfo info() const;

    /// Changes max_size(). What is in the queue stays. Throws PermissionsError unless the process
    /// is of its owner, its creator or root, and for more than kernel.msgmnb bytes without
    /// CAP_SYS_RESOURCE; std::invalid_argument for zero.
    void max_size(std::size_t bytes);

private:
    explicit MessageQueue(const detail::KeyAndId& found) : Object{Kind::message_queue, found} {}
};

} // namespace crex::sysv
