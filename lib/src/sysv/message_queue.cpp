// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/message_queue.hpp>

#include <cerrno>
#include <limits>

#include "sysv/control.hpp"
#include "sysv/letters.hpp"
#include "sysv/opening.hpp"

namespace crex::sysv {

using detail::Call;
using detail::Deadline;

namespace {

void set_size(const Call& call, int id, std::size_t bytes, std::optional<unsigned> mode = {}) {
    msqid_ds status = detail::queue_status(call, id);
    status.msg_qbytes = bytes;
    status.msg_perm.mode = static_cast<decltype(status.msg_perm.mode)>(
        mode.value_or(static_cast<unsigned>(status.msg_perm.mode)));
    if (msgctl(id, IPC_SET, &status) == 0) {
        return;
    }
    if (errno == EPERM && bytes > detail::number_in(detail::kernel_setting("msgmnb"))) {
        detail::throw_errno(call, errno,
                            "max_size " + std::to_string(bytes) +
                                " is above /proc/sys/kernel/msgmnb (" +
                                detail::kernel_setting("msgmnb") +
                                "), which takes CAP_SYS_RESOURCE to exceed; raise it with: sysctl "
                                "kernel.msgmnb=" +
                                std::to_string(bytes));
    }
    detail::throw_object_errno(call, errno);
}

void check_size(const Call& call, std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        detail::throw_invalid(call, "no queue can hold " + std::to_string(bytes) + " bytes");
    }
}

// Setting the size needs read permission, which the queue's mode may deny even its owner.
std::optional<int> create(const detail::KeyOpening& opening, const MessageQueueOptions& options) {
    const Call call = opening.call();
    const unsigned mode = options.mode | (options.max_size != 0 ? 0400U : 0U);
    const int id = msgget(opening.key(), static_cast<int>(mode) | IPC_CREAT | IPC_EXCL);
    if (id < 0) {
        if (errno == EEXIST) {
            return std::nullopt;
        }
        detail::throw_not_opened(
            call, errno,
            errno != ENOSPC
                ? ""
                : "the system has as many queues as /proc/sys/kernel/msgmni allows (" +
                      detail::kernel_setting("msgmni") + "); raise it with: sysctl kernel.msgmni");
    }
    try {
        if (options.max_size != 0) {
            set_size(call, id, options.max_size, options.mode);
        }
    } catch (...) {
        msgctl(id, IPC_RMID, nullptr);
        throw;
    }
    return id;
}

std::optional<int> open(const detail::KeyOpening& opening, const MessageQueueOptions& options) {
    const int id = msgget(opening.key(), (options.read ? 0400 : 0) | (options.write ? 0200 : 0));
    if (id < 0 && errno != ENOENT) {
        detail::throw_not_opened(opening.call(), errno);
    }
    return id < 0 ? std::nullopt : std::optional{id};
}

std::optional<detail::KeyAndId> opened(Key key, int flags, const MessageQueueOptions& options,
                                       detail::Missing missing) {
    detail::KeyOpening opening{"sysv::MessageQueue", key, flags, options.mode, missing};
    check_size(opening.call(), options.max_size);
    if (!options.read && !options.write) {
        detail::throw_invalid(opening.call(), "neither read nor write");
    }
    return opening.perform([&] { return open(opening, options); },
                           [&] { return create(opening, options); });
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}

} // namespace

std::size_t message_size_max() { return detail::number_in(detail::kernel_setting("msgmax")); }

MessageQueue::MessageQueue(Key key, int flags, const MessageQueueOptions& options)
    : MessageQueue{*opened(key, flags, options, detail::Missing::is_error)} {}

std::optional<MessageQueue> MessageQueue::try_open(Key key, int flags,
                                                   const MessageQueueOptions& options) {
    const auto found = opened(key, flags, options, detail::Missing::is_nothing);
    return found ? std::optional{MessageQueue{*found}} : std::nullopt;
}

MessageQueue MessageQueue::from_id(int id) {
    return MessageQueue{found_by_id(Kind::message_queue, id)};
}

void MessageQueue::send(std::span<const std::byte> body, Timeout timeout, long type) {
    const Call here = call("sysv::MessageQueue::send");
    if (!detail::send(here, id(), body, type, Deadline{timeout})) {
        detail::throw_timed_out(here, timeout, "timed out; the queue is full");
    }
}

void MessageQueue::send(std::string_view body, Timeout timeout, long type) {
    send(bytes_of(body), timeout, type);
}

bool MessageQueue::try_send(std::span<const std::byte> body, long type) {
    return try_send_for(do_not_wait, body, type);
}

bool MessageQueue::try_send(std::string_view body, long type) {
    return try_send_for(do_not_wait, bytes_of(body), type);
}

bool MessageQueue::try_send_for(Timeout timeout, std::span<const std::byte> body, long type) {
    return detail::send(call("sysv::MessageQueue::try_send"), id(), body, type, Deadline{timeout});
}

bool MessageQueue::try_send_for(Timeout timeout, std::string_view body, long type) {
    return try_send_for(timeout, bytes_of(body), type);
}

Message MessageQueue::receive(Timeout timeout, Selection which) {
    const Call here = call("sysv::MessageQueue::receive");
    auto message = detail::receive(here, id(), which, Deadline{timeout});
    if (!message) {
        detail::throw_timed_out(here, timeout, "timed out; there is no such message");
    }
    return std::move(*message);
}

std::optional<Message> MessageQueue::try_receive(Selection which) {
    return try_receive_for(do_not_wait, which);
}

std::optional<Message> MessageQueue::try_receive_for(Timeout timeout, Selection which) {
    return detail::receive(call("sysv::MessageQueue::try_receive"), id(), which, Deadline{timeout});
}

std::optional<Message> MessageQueue::peek(std::size_t position) const {
    return detail::peek(call("sysv::MessageQueue::peek"), id(), position);
}

MessageQueueInfo MessageQueue::info() const {
    const msqid_ds status = detail::queue_status(call("sysv::MessageQueue::info"), id());
    MessageQueueInfo info;
    info.current_messages = status.msg_qnum;
    info.current_size = status.__msg_cbytes;
    info.max_size = status.msg_qbytes;
    info.last_send_pid = status.msg_lspid;
    info.last_receive_pid = status.msg_lrpid;
    info.last_send_time = detail::moment_of(status.msg_stime);
    info.last_receive_time = detail::moment_of(status.msg_rtime);
    info.last_change_time = detail::moment_of(status.msg_ctime);
    return info;
}

void MessageQueue::max_size(std::size_t bytes) {
    const Call here = call("sysv::MessageQueue::max_size");
    check_size(here, bytes);
    if (bytes == 0) {
        detail::throw_invalid(here, "a queue of no bytes");
    }
    set_size(here, id(), bytes);
}

} // namespace crex::sysv
