// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <crex/limits.hpp>
#include <crex/message_queue.hpp>

#include "common/arguments.hpp"
#include "common/errors.hpp"
#include "message_queue/backend.hpp"
#include "platform/deadline.hpp"

// What a MessageQueue holds: a queue on one of the backends, and what this handle may do.

namespace crex {

using detail::Call;

struct CREX_HIDDEN MessageQueue::Impl {
    Impl(std::string its_name, const MessageQueueOptions& options,
         std::shared_ptr<detail::Queue> its_queue)
        : name{std::move(its_name)}, backend{options.backend}, at{options.at}, read{options.read},
          write{options.write}, queue{std::move(its_queue)}, max_message_size{
                                                                 queue->max_message_size()} {}

    // Loans and leases may keep the queue. What was requested through this handle ends with it.
    ~Impl() {
        if (queue) {
            queue->end_notification();
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static std::unique_ptr<Impl> perform(detail::Opening& opening,
                                         const MessageQueueOptions& options);

    [[nodiscard]] detail::Deadline deadline(Timeout timeout) const {
        return detail::Deadline{block ? timeout : do_not_wait};
    }

    // What send() and receive() begin with, before they have a Call and a deadline.
    bool send_at_once(std::span<const std::byte> body, unsigned priority);
    bool receive_at_once(std::span<std::byte> buffer, ReceivedMessage& received);

    bool send(const Call& call, std::span<const std::byte> body, Timeout timeout,
              unsigned priority);
    std::size_t send_many(const Call& call, std::span<const std::span<const std::byte>> bodies,
                          Timeout timeout, unsigned priority);
    std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                           Timeout timeout);
    std::optional<Message> receive(const Call& call, Timeout timeout);
    std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                             std::span<ReceivedMessage> received, Timeout timeout);
    // Both return nothing when the timeout passed first.
    std::optional<detail::SlotClaim> loan(const Call& call, std::size_t size, Timeout timeout);
    std::optional<detail::SlotClaim> lease(const Call& call, Timeout timeout);

    void check_message(const Call& call, std::size_t size, unsigned priority) const;
    void check_writes(const Call& call) const;
    void check_reads(const Call& call) const;
    void check_room(const Call& call, std::size_t size) const;
    [[noreturn, gnu::noinline]] void throw_bad_message(const Call& call, std::size_t size,
                                                       unsigned priority) const;
    [[noreturn, gnu::noinline]] void throw_no_room(const Call& call, std::size_t size) const;
    [[nodiscard]] detail::QueueExtras& extras(const Call& call) const;

    std::string name;
    Backend backend;
    Server* at; // null for this machine
    bool read;
    bool write;
    std::atomic<bool> block{true};
    std::shared_ptr<detail::Queue> queue; // null once closed; loans and leases share it
    std::size_t max_message_size;
};

// An open handle, and the call that is made on it.
struct MessageQueue::Use {
    Impl& impl;
    Call call;
};

inline void MessageQueue::Impl::check_message(const Call& call, std::size_t size,
                                              unsigned priority) const {
    if (size > max_message_size || priority > queue_priority_max) [[unlikely]] {
        throw_bad_message(call, size, priority);
    }
}

inline MessageQueue::Use MessageQueue::use(const char* function) const {
    if (!impl_ || !impl_->queue) [[unlikely]] {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return {*impl_, {function, impl_->name}};
}

} // namespace crex
