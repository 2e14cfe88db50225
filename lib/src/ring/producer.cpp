// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/at_once.hpp"
#include "ring/impl.hpp"

// The calls of a ring's producer.

namespace crex {

using namespace detail::robust;
using detail::trusting_nothing;

inline void RingProducer::Impl::refuse_after_shutdown(const Call& call) const {
    if (core().memory.is_shut_down()) [[unlikely]] {
        detail::throw_errno(call, ESHUTDOWN, "the ring was shut down");
    }
}

void RingProducer::Impl::throw_too_long(const Call& call, std::size_t size) const {
    detail::throw_invalid(call, "a record of " + std::to_string(size) +
                                    " bytes is longer than the ring, which has " +
                                    std::to_string(core().memory.capacity()));
}

// Null when the timeout passed first.
inline std::byte* RingProducer::Impl::reserve(const Call& call, std::size_t size,
                                              const Timeout& timeout) {
    refuse_after_shutdown(call);
    if (size > core().memory.capacity()) [[unlikely]] {
        throw_too_long(call, size);
    }
    return trusting_nothing(call, [&] {
        std::byte* const room = writer.reserve(size);
        return room != nullptr ? room : wait_for_room(call, size, timeout);
    });
}

std::byte* RingProducer::Impl::wait_for_room(const Call& call, std::size_t size,
                                             const Timeout& timeout) {
    const detail::Deadline deadline{timeout};
    if (deadline.is_immediate()) {
        return nullptr;
    }
    if (!writer.could_have_room(size)) {
        detail::throw_errno(call, EDEADLK,
                            "what is reserved and not committed leaves no room for it");
    }
    std::atomic<std::uint64_t> consumed{writer.consumed()};
    const auto ready = [&] {
        const bool has_room = writer.has_room_now(size);
        consumed.store(writer.consumed(), std::memory_order_relaxed);
        return has_room || core().memory.is_shut_down();
    };
    const auto has_reason = [&] { // another thread asks: it must not use the writer
        return body().head.load(std::memory_order_relaxed) !=
                   consumed.load(std::memory_order_relaxed) ||
               core().memory.is_shut_down();
    };
    // A full ring need not be filled at once, and the consumer is fastest when the producer takes
    // no cache line away from it. So while the consumer makes progress, the producer waits until
    // half of the ring is free.
    const auto amount = [&]() -> std::size_t {
        const std::uint64_t before = writer.consumed();
        return ready() && (writer.consumed() == before || writer.is_roomy()) ? 2 : 0;
    };
    if (!wait(call, deadline, body().not_full, amount, ready, has_reason)) {
        return nullptr;
    }
    refuse_after_shutdown(call);
    return writer.reserve(size);
}

// If the producer dies before the wake-up, the consumer sleeps for 250 ms more at most.
inline void RingProducer::Impl::commit() {
    writer.commit();
    detail::light_fence();
    if (has_waiters(body().not_empty)) [[unlikely]] {
        wake_one(body().not_empty);
    }
}

inline void RingProducer::Impl::copy_and_commit(std::span<const std::byte> record,
                                                std::byte* room) {
    if (!record.empty()) { // its data may be null
        std::memcpy(room, record.data(), record.size());
    }
    commit();
}

inline bool RingProducer::Impl::send(const Call& call, std::span<const std::byte> record,
                                     const Timeout& timeout) {
    std::byte* const room = reserve(call, record.size(), timeout);
    if (room == nullptr) {
        return false;
    }
    copy_and_commit(record, room);
    return true;
}

// What send() begins with, before it has a Call: the usual case, a ring that is whole and has room.
inline bool RingProducer::Impl::send_at_once(std::span<const std::byte> record) noexcept {
    if (!is_usable() || core().memory.is_shut_down() || record.size() > core().memory.capacity() ||
        !writer.has_room(record.size())) {
        return false;
    }
    copy_and_commit(record, writer.reserve_room(record.size()));
    return true;
}

bool detail::AtOnce::send(RingProducer& producer, std::span<const std::byte> record) noexcept {
    return producer.impl_->send_at_once(record);
}

RingProducer::RingProducer(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
RingProducer::RingProducer(RingProducer&&) noexcept = default;
RingProducer& RingProducer::operator=(RingProducer&&) noexcept = default;
RingProducer::~RingProducer() = default;

inline RingProducer::Impl& RingProducer::used(const char* function) const {
    return used_by(function, impl_);
}

void RingProducer::send(std::span<const std::byte> record, Timeout timeout) {
    if (impl_ && impl_->send_at_once(record)) {
        return;
    }
    Impl& impl = used("RingProducer::send");
    const Call call{"RingProducer::send", impl.name()};
    if (!impl.send(call, record, timeout)) {
        detail::throw_timed_out(call, timeout, "no room in time");
    }
}

void RingProducer::send(std::string_view record, Timeout timeout) {
    send(std::as_bytes(std::span{record}), timeout);
}

bool RingProducer::try_send(std::span<const std::byte> record, Timeout timeout) {
    if (impl_ && impl_->send_at_once(record)) {
        return true;
    }
    Impl& impl = used("RingProducer::try_send");
    return impl.send({"RingProducer::try_send", impl.name()}, record, timeout);
}

bool RingProducer::try_send(std::string_view record, Timeout timeout) {
    return try_send(std::as_bytes(std::span{record}), timeout);
}

std::span<std::byte> RingProducer::reserve(std::size_t size, Timeout timeout) {
    Impl& impl = used("RingProducer::reserve");
    const Call call{"RingProducer::reserve", impl.name()};
    std::byte* const room = impl.reserve(call, size, timeout);
    if (room == nullptr) {
        detail::throw_timed_out(call, timeout, "no room in time");
    }
    return {room, size};
}

std::optional<std::span<std::byte>> RingProducer::try_reserve(std::size_t size, Timeout timeout) {
    Impl& impl = used("RingProducer::try_reserve");
    const Call call{"RingProducer::try_reserve", impl.name()};
    std::byte* const room = impl.reserve(call, size, timeout);
    return room != nullptr ? std::optional{std::span{room, size}} : std::nullopt;
}

void RingProducer::shrink(std::size_t size) {
    Impl& impl = used("RingProducer::shrink");
    if (!impl.writer.has_reserved() || size > impl.writer.size_of_last()) {
        detail::throw_invalid({"RingProducer::shrink", impl.name()},
                              "no record of that size is reserved");
    }
    impl.writer.shrink(size);
}

void RingProducer::commit() {
    Impl& impl = used("RingProducer::commit");
    impl.refuse_after_shutdown({"RingProducer::commit", impl.name()});
    if (impl.writer.has_reserved()) {
        impl.commit();
    }
}

void RingProducer::cancel() { used("RingProducer::cancel").writer.cancel(); }

bool RingProducer::has_consumer() const {
    const Impl& impl = used("RingProducer::has_consumer");
    return Role::is_taken(impl.core().segment.fd(), detail::consumer_entry);
}

const std::string& RingProducer::name() const { return impl_ ? impl_->name() : detail::no_name(); }

void RingProducer::close() noexcept {
    if (impl_) {
        impl_->leave();
    }
}

} // namespace crex
