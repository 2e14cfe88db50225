// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <crex/export.hpp>

// Messages in place: written and read in the queue's own memory, without a copy. Only the robust
// backend has them. A server's queues have leases, of a copy, but no loans.
//
//     auto loan = queue.loan(size);          auto lease = queue.lease();
//     fill(loan.bytes());                    use(lease.bytes());
//     loan.send();                           lease.ack();
//
// Both keep the queue open, also when the handle that gave them is closed.
//
// Threads: each must be used by one thread at a time.
//
// Fork: loans and leases stay with the parent. On a copy in a forked child, send(), ack(), nack()
// and their variants throw LeaseLostError, and the destructor does nothing. bytes() still shows the
// parent's slot, which the child must not use.

namespace crex {

namespace detail {
class Queue;

// A slot that was taken out of the queue, as a loan or a lease.
struct SlotClaim {
    std::span<std::byte> bytes;
    std::uint32_t slot = 0;
    std::uint64_t control = 0; // the slot's control word while this process owns it
    unsigned priority = 0;
    unsigned attempts = 0;
};
} // namespace detail

/// A free slot, lent by the queue for one message. It counts against max_messages(). If it is
/// dropped, or its process dies, the slot is free again and no message was sent. However long a
/// loan is kept, it delays no other message: the message gets its place in the order at send().
class CREX_EXPORT Loan {
public:
    Loan(Loan&&) noexcept;
    Loan& operator=(Loan&&) noexcept;
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan();

    /// Returns the bytes to write, as many as were requested. Their content is unspecified at
    /// first. Empty once sent.
    [[nodiscard]] std::span<std::byte> bytes() const noexcept;

    /// Sends the message. Never waits for room: the loan has it.
    ///
    /// Throws LeaseLostError when the loan is no longer this process's; ExistentialError when it
    /// was sent already; ShutdownError after MessageQueue::shutdown(); CorruptError for a broken
    /// queue; std::invalid_argument for a priority above queue_priority_max.
    void send(unsigned priority = 0);

    /// Sends the first `size` bytes only. Throws as send() does, and std::invalid_argument for more
    /// bytes than the loan has.
    void send_prefix(std::size_t size, unsigned priority = 0);

private:
    friend class MessageQueue;
    Loan(std::shared_ptr<detail::Queue> queue, const detail::SlotClaim& held) noexcept;
    void drop() noexcept;

    std::shared_ptr<detail::Queue> queue_;
    std::optional<detail::SlotClaim> held_;
};

/// A message that a receiver works on. No other receiver gets it until it is given back. If it is
/// dropped without ack(), or its process dies, it is delivered again, at its old place in the order
/// (after a death, as soon as Backend::robust says). So a consumer that dies half-way loses
/// nothing, and consumers must expect a message twice.
class CREX_EXPORT Lease {
public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Gives the message back, as nack() does.
    ~Lease();

    /// Returns the message. Empty once it was acknowledged or given back.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept;

    /// Returns the message's priority, 0 to queue_priority_max.
    [[nodiscard]] unsigned priority() const noexcept;

    /// Returns how many times the message was given back (except by nack_untried()), or left
    /// behind, before: 0 the first time, 255 for that many and more. This identifies a message that
    /// kills its consumers; see max_attempts.
    [[nodiscard]] unsigned attempts() const noexcept;

    /// Returns the number of this lease: a later lease of any message of the queue has a greater
    /// one. For a resource that must refuse a consumer that has lost its lease and does not know
    /// yet: it keeps the greatest number that it has seen for the message, and refuses smaller
    /// ones. Without a server always 0: there, no lease is lost while its process lives. 0 once the
    /// message was acknowledged or given back.
    [[nodiscard]] std::uint64_t token() const noexcept;

    /// Acknowledges the message: it is removed permanently, and its slot is free.
    ///
    /// Throws LeaseLostError when the lease is no longer this process's; ExistentialError when it
    /// was acknowledged or given back already; CorruptError for a broken queue.
    void ack();

    /// Gives the message back, at its old place: another receiver may take it now. Throws as ack()
    /// does.
    void nack();

    /// Gives the message back, for a receiver that has not begun with it: attempts() stays as it
    /// is.
    void nack_untried();

private:
    friend class MessageQueue;
    Lease(std::shared_ptr<detail::Queue> queue, const detail::SlotClaim& held) noexcept;
    void drop() noexcept;

    std::shared_ptr<detail::Queue> queue_;
    std::optional<detail::SlotClaim> held_;
};

} // namespace crex
