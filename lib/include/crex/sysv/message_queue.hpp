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

// System V message queues, whose messages have types by which they can be chosen (msgop(2)).
//
// A MessageQueue is a handle; see object.hpp for its rules. A message that was sent stays until
// somebody receives it; a process killed while it waits disturbs nobody, and one killed while it
// receives may take its message along.
//
// Waiting for ever is done in the kernel. The kernel knows no other waiting for these queues: with
// a time-out or a stop token, a call looks, at most every 5 ms once it has waited long. So it does
// not stand in line, and those who wait in the kernel come first.

namespace crex::sysv {

/// The longest message that this system lets anybody send: kernel.msgmax.
[[nodiscard]] CREX_EXPORT std::size_t message_size_max();

struct MessageQueueOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got: no umask applies. Ignored
    /// when the queue exists.
    unsigned mode = 0600;

    /// How many bytes all messages in it may have together, without counting their types; zero for
    /// what the system allows ordinary users, kernel.msgmnb. Ignored when the queue exists.
    std::size_t max_size = 0;

    /// What this handle asks permission for. At least one.
    bool read = true;
    bool write = true;
};

struct Message {
    std::string body;
    long type = 1; ///< 1 or more
};

/// Which message to receive: the oldest of all (0), the oldest of a type (above 0), or the oldest
/// of the lowest type there is, up to a type (below 0).
class Selection {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): receive({}, 3) is the point.
    constexpr Selection(long type = 0) noexcept : type_{type} {}

    [[nodiscard]] constexpr long type() const noexcept { return type_; }
    [[nodiscard]] constexpr bool is_except() const noexcept { return except_; }

private:
    friend constexpr Selection except(long type) noexcept;

    long type_;
    bool except_ = false;
};

/// The oldest message of any other type (MSG_EXCEPT).
[[nodiscard]] constexpr Selection except(long type) noexcept {
    Selection selection{type};
    selection.except_ = true;
    return selection;
}

/// What the kernel knows of a queue.
struct MessageQueueInfo {
    std::size_t current_messages = 0;
    std::size_t current_size = 0; ///< bytes of all messages in it
    std::size_t max_size = 0;     ///< bytes they may have
    int last_send_pid = 0;        ///< 0 for none
    int last_receive_pid = 0;
    Moment last_send_time;
    Moment last_receive_time;
    Moment last_change_time;
};

class CREX_EXPORT MessageQueue : public Object {
public:
    /// Opens or creates the queue that has this key, as `flags` say (see open_flags.hpp).
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError when its mode forbids, or max_size is above kernel.msgmnb and we are
    /// without CAP_SYS_RESOURCE, which root has; Error (ENOSPC) when there are as many as the
    /// system allows, saying how to raise the limit; std::invalid_argument for a bad flag, mode or
    /// size.
    explicit MessageQueue(Key key, int flags = 0, const MessageQueueOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<MessageQueue>
    try_open(Key key, int flags = 0, const MessageQueueOptions& options = {});

    /// The queue that has this id. Throws ExistentialError when there is none.
    [[nodiscard]] static MessageQueue from_id(int id);

    /// Appends a message, waiting while the queue is full. An empty one is a message too.
    ///
    /// Throws BusyError when `timeout` passes first; SignalError when a signal handler ran during
    /// the wait (one installed with SA_RESTART ends a wait only when `timeout` never passes, since
    /// that one is the kernel's, signal(7)); ExistentialError when the queue is removed;
    /// PermissionsError when its mode forbids; std::invalid_argument for a type below 1, and for a
    /// message longer than message_size_max(), or than max_size() (which would wait for ever).
    void send(std::span<const std::byte> body, Timeout timeout = {}, long type = 1);
    void send(std::string_view body, Timeout timeout = {}, long type = 1);

    /// The same, answering false where send() throws BusyError.
    [[nodiscard]] bool try_send(std::span<const std::byte> body, long type = 1);
    [[nodiscard]] bool try_send(std::string_view body, long type = 1);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::span<const std::byte> body,
                                    long type = 1);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::string_view body, long type = 1);

    /// Takes the oldest message of those that `which` says, waiting while there is none:
    /// `auto [body, type] = queue.receive({}, 3);`
    ///
    /// Throws BusyError, SignalError, ExistentialError and PermissionsError as send() does;
    /// std::invalid_argument for except() with a type below 1.
    [[nodiscard]] Message receive(Timeout timeout = {}, Selection which = {});

    /// The same, answering nothing where receive() throws BusyError.
    [[nodiscard]] std::optional<Message> try_receive(Selection which = {});
    [[nodiscard]] std::optional<Message> try_receive_for(Timeout timeout, Selection which = {});

    /// A copy of the message at this position, 0 being the oldest; it stays where it is. Nothing
    /// when there are not so many. Unlike sysv_ipc, which cannot look.
    ///
    /// Throws Error (ENOTSUP) on a kernel without MSG_COPY, which is part of
    /// CONFIG_CHECKPOINT_RESTORE and which distributions have; and for a message longer than
    /// message_size_max(), when that was lowered since.
    [[nodiscard]] std::optional<Message> peek(std::size_t position = 0) const;

    [[nodiscard]] std::size_t current_messages() const { return info().current_messages; }
    [[nodiscard]] std::size_t max_size() const { return info().max_size; }
    [[nodiscard]] MessageQueueInfo info() const;

    /// Changes max_size(). What is in the queue stays. Throws PermissionsError unless the queue is
    /// ours, or for more than kernel.msgmnb without CAP_SYS_RESOURCE; std::invalid_argument for
    /// zero.
    void max_size(std::size_t bytes);

private:
    explicit MessageQueue(const detail::KeyAndId& found) : Object{Kind::message_queue, found} {}
};

} // namespace crex::sysv
