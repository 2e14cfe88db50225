// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <crex/export.hpp>

// A message in place: written and read where the queue keeps it, without a copy.
//
//     auto loan = queue.loan(size);          auto lease = queue.lease();
//     fill(loan.bytes());                    use(lease.bytes());
//     loan.send();                           lease.ack();
//
// Both keep the queue open, also when the handle they came from is closed. Neither is for two
// threads at once. In a forked child a copy is inert: what it does has no effect, and says so.
//
// Only the robust backend has them.

namespace crex {

namespace detail {
class Queue;
struct SlotClaim;
} // namespace detail

/// Room for one message, lent by the queue. It counts against max_messages(). Dropped, or left
/// behind by a process that dies, it becomes free again and no message was sent. However long it is
/// kept, it delays no other message: its place in the order is given at send().
class CREX_EXPORT Loan {
public:
    Loan(Loan&&) noexcept;
    Loan& operator=(Loan&&) noexcept;
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan();

    /// Where to write the message; as long as was asked for. What is in it at first is unspecified.
    /// Empty once sent.
    [[nodiscard]] std::span<std::byte> bytes() const noexcept;

    /// Sends the message. Never waits for room: the loan is the room.
    ///
    /// Throws LeaseLostError when the loan is no longer ours, ExistentialError when it was sent
    /// already, ShutdownError after MessageQueue::shutdown(), CorruptError for a broken queue,
    /// std::invalid_argument for a priority above queue_priority_max.
    void send(unsigned priority = 0);

    /// The same, of the first `size` bytes only.
    void send_prefix(std::size_t size, unsigned priority = 0);

private:
    friend class MessageQueue;
    Loan(std::shared_ptr<detail::Queue> queue, std::unique_ptr<detail::SlotClaim> held) noexcept;
    void drop() noexcept;

    std::shared_ptr<detail::Queue> queue_;
    std::unique_ptr<detail::SlotClaim> held_;
};

/// A message that is out for work: nobody else gets it until it is given back. Dropped without
/// ack(), or left behind by a process that dies, it is delivered again, at its old place in the
/// order. So a consumer that dies half-way loses nothing, and must expect a message twice.
class CREX_EXPORT Lease {
public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Gives it back, as nack() does.
    ~Lease();

    /// The message. Empty once it was acknowledged or given back.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept;
    [[nodiscard]] unsigned priority() const noexcept;

    /// How often it was given back, or left behind, before: 0 the first time, 255 for that and
    /// more. A message that kills its consumers is known by it; see max_attempts.
    [[nodiscard]] unsigned attempts() const noexcept;

    /// The work is done: the message is gone for good, and its room is free.
    ///
    /// Throws LeaseLostError when it is no longer ours, ExistentialError when it was acknowledged
    /// or given back already, CorruptError for a broken queue.
    void ack();

    /// Somebody else may have it, now, at its old place. Throws like ack().
    void nack();

    /// As nack(), for a message that nothing was done with: attempts() stays what it is.
    void nack_untried();

private:
    friend class MessageQueue;
    Lease(std::shared_ptr<detail::Queue> queue, std::unique_ptr<detail::SlotClaim> held) noexcept;
    void drop() noexcept;

    std::shared_ptr<detail::Queue> queue_;
    std::unique_ptr<detail::SlotClaim> held_;
};

} // namespace crex
