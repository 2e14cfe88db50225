// SPDX-License-Identifier: BSL-1.0
#include <crex/loan.hpp>

#include <cerrno>
#include <utility>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include "message_queue/impl.hpp"

namespace crex {

// Both allocate first: once this process owns the slot, nothing may fail.

std::unique_ptr<detail::SlotClaim> MessageQueue::Impl::loan(const Call& call, std::size_t size,
                                                            Timeout timeout) {
    check_writes(call);
    check_message(call, size, 0);
    auto room = std::make_unique<detail::SlotClaim>();
    const auto held = extras(call).loan(call, size, deadline(timeout));
    return held ? (*room = *held, std::move(room)) : nullptr;
}

std::unique_ptr<detail::SlotClaim> MessageQueue::Impl::lease(const Call& call, Timeout timeout) {
    check_reads(call);
    auto room = std::make_unique<detail::SlotClaim>();
    const auto held = extras(call).lease(call, deadline(timeout));
    return held ? (*room = *held, std::move(room)) : nullptr;
}

Loan MessageQueue::loan(std::size_t size, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::loan");
    auto held = impl.loan(call, size, timeout);
    if (!held) {
        detail::throw_timed_out(call, timeout, "no room in time");
    }
    return Loan{impl.queue, std::move(held)};
}

std::optional<Loan> MessageQueue::try_loan(std::size_t size, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_loan");
    auto held = impl.loan(call, size, timeout);
    return held ? std::optional{Loan{impl.queue, std::move(held)}} : std::nullopt;
}

Lease MessageQueue::lease(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::lease");
    auto held = impl.lease(call, timeout);
    if (!held) {
        detail::throw_timed_out(call, timeout, "no message in time");
    }
    return Lease{impl.queue, std::move(held)};
}

std::optional<Lease> MessageQueue::try_lease(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_lease");
    auto held = impl.lease(call, timeout);
    return held ? std::optional{Lease{impl.queue, std::move(held)}} : std::nullopt;
}

namespace {

detail::SlotClaim& still_held(const Call& call, const std::unique_ptr<detail::SlotClaim>& held) {
    if (!held) {
        detail::throw_errno(call, EBADF, "it has been let go already");
    }
    return *held;
}

} // namespace

Loan::Loan(std::shared_ptr<detail::Queue> queue, std::unique_ptr<detail::SlotClaim> held) noexcept
    : queue_{std::move(queue)}, held_{std::move(held)} {}

Loan::Loan(Loan&&) noexcept = default;

Loan& Loan::operator=(Loan&& other) noexcept {
    Loan taken{std::move(other)}; // first: `other` may be *this
    queue_.swap(taken.queue_);
    held_.swap(taken.held_);
    return *this;
}

Loan::~Loan() { drop(); }

void Loan::drop() noexcept {
    if (held_) {
        queue_->extras()->drop(*held_);
        held_.reset();
    }
}

std::span<std::byte> Loan::bytes() const noexcept {
    return held_ ? held_->bytes : std::span<std::byte>{};
}

void Loan::send(unsigned priority) { send_prefix(bytes().size(), priority); }

void Loan::send_prefix(std::size_t size, unsigned priority) {
    const Call call{"Loan::send", ""};
    const detail::SlotClaim& held = still_held(call, held_);
    if (size > held.bytes.size() || priority > queue_priority_max) {
        detail::throw_invalid(call, size > held.bytes.size() ? "the loan is not that long"
                                                             : "the priority is too high");
    }
    try {
        queue_->extras()->commit(call, held, size, priority);
    } catch (const LeaseLostError&) { // nothing is held
        held_.reset();
        throw;
    }
    held_.reset();
}

Lease::Lease(std::shared_ptr<detail::Queue> queue, std::unique_ptr<detail::SlotClaim> held) noexcept
    : queue_{std::move(queue)}, held_{std::move(held)} {}

Lease::Lease(Lease&&) noexcept = default;

Lease& Lease::operator=(Lease&& other) noexcept {
    Lease taken{std::move(other)}; // first: `other` may be *this
    queue_.swap(taken.queue_);
    held_.swap(taken.held_);
    return *this;
}

Lease::~Lease() { drop(); }

void Lease::drop() noexcept {
    if (held_) {
        try {
            nack();
        } catch (...) { // it was lost already
        }
    }
}

std::span<const std::byte> Lease::bytes() const noexcept {
    return held_ ? held_->bytes : std::span<std::byte>{};
}

unsigned Lease::priority() const noexcept { return held_ ? held_->priority : 0; }

unsigned Lease::attempts() const noexcept { return held_ ? held_->attempts : 0; }

void Lease::ack() {
    const Call call{"Lease::ack", ""};
    still_held(call, held_);
    queue_->extras()->acknowledge(call, *std::exchange(held_, nullptr));
}

void Lease::nack() {
    const Call call{"Lease::nack", ""};
    still_held(call, held_);
    queue_->extras()->nack(call, *std::exchange(held_, nullptr), detail::Tried::yes);
}

void Lease::nack_untried() {
    const Call call{"Lease::nack_untried", ""};
    still_held(call, held_);
    queue_->extras()->nack(call, *std::exchange(held_, nullptr), detail::Tried::no);
}

} // namespace crex
