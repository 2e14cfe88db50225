// SPDX-License-Identifier: BSL-1.0
#include <crex/loan.hpp>

#include <cerrno>
#include <utility>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include "message_queue/impl.hpp"

namespace crex {

std::optional<detail::SlotClaim> MessageQueue::Impl::loan(const Call& call, std::size_t size,
                                                          Timeout timeout) {
    check_writes(call);
    check_message(call, size, 0);
    return extras(call).loan(call, size, deadline(timeout));
}

std::optional<detail::SlotClaim> MessageQueue::Impl::lease(const Call& call, Timeout timeout) {
    check_reads(call);
    return extras(call).lease(call, deadline(timeout));
}

Loan MessageQueue::loan(std::size_t size, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::loan");
    const auto held = impl.loan(call, size, timeout);
    if (!held) {
        detail::throw_timed_out(call, timeout, "no room in time");
    }
    return Loan{impl.queue, *held};
}

std::optional<Loan> MessageQueue::try_loan(std::size_t size, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_loan");
    const auto held = impl.loan(call, size, timeout);
    return held ? std::optional{Loan{impl.queue, *held}} : std::nullopt;
}

Lease MessageQueue::lease(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::lease");
    const auto held = impl.lease(call, timeout);
    if (!held) {
        detail::throw_timed_out(call, timeout, "no message in time");
    }
    return Lease{impl.queue, *held};
}

std::optional<Lease> MessageQueue::try_lease(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_lease");
    const auto held = impl.lease(call, timeout);
    return held ? std::optional{Lease{impl.queue, *held}} : std::nullopt;
}

namespace {

using Lender = std::shared_ptr<detail::Queue>; // null once a loan or lease has been moved away

Call call_of(const char* function, const Lender& lender) {
    return {function, lender ? lender->extras()->name() : detail::no_name()};
}

void require(const char* function, const Lender& lender,
             const std::optional<detail::SlotClaim>& held) {
    if (!held) {
        detail::throw_errno(call_of(function, lender), EBADF, "it has been let go already");
    }
}

} // namespace

Loan::Loan(std::shared_ptr<detail::Queue> queue, const detail::SlotClaim& held) noexcept
    : queue_{std::move(queue)}, held_{held} {}

Loan::Loan(Loan&& other) noexcept
    : queue_{std::move(other.queue_)}, held_{std::exchange(other.held_, std::nullopt)} {}

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
    constexpr const char* function = "Loan::send";
    require(function, queue_, held_);
    if (size > held_->bytes.size() || priority > queue_priority_max) {
        detail::throw_invalid(call_of(function, queue_), size > held_->bytes.size()
                                                             ? "the loan is not that long"
                                                             : "the priority is too high");
    }
    try {
        queue_->extras()->commit(function, *held_, size, priority);
    } catch (const LeaseLostError&) { // nothing is held
        held_.reset();
        throw;
    }
    held_.reset();
}

Lease::Lease(std::shared_ptr<detail::Queue> queue, const detail::SlotClaim& held) noexcept
    : queue_{std::move(queue)}, held_{held} {}

Lease::Lease(Lease&& other) noexcept
    : queue_{std::move(other.queue_)}, held_{std::exchange(other.held_, std::nullopt)} {}

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

std::uint64_t Lease::token() const noexcept { return held_ ? queue_->extras()->token(*held_) : 0; }

void Lease::ack() {
    constexpr const char* function = "Lease::ack";
    require(function, queue_, held_);
    queue_->extras()->acknowledge(function, *std::exchange(held_, std::nullopt));
}

void Lease::nack() {
    constexpr const char* function = "Lease::nack";
    require(function, queue_, held_);
    queue_->extras()->nack(function, *std::exchange(held_, std::nullopt), detail::Tried::yes);
}

void Lease::nack_untried() {
    constexpr const char* function = "Lease::nack_untried";
    require(function, queue_, held_);
    queue_->extras()->nack(function, *std::exchange(held_, std::nullopt), detail::Tried::no);
}

} // namespace crex
