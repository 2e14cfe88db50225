// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "common/at_once.hpp"
#include "ring/impl.hpp"

// The calls of a ring's consumer.

namespace crex {

using namespace detail::robust;
using detail::trusting_nothing;

namespace {

[[noreturn, gnu::noinline]] void throw_no_room(const Call& call, std::size_t size,
                                               std::size_t room) {
    detail::throw_errno(call, EMSGSIZE,
                        "a record of " + std::to_string(size) +
                            " bytes does not fit into a buffer of " + std::to_string(room));
}

} // namespace

// 0 when the timeout passed first.
inline std::size_t RingConsumer::Impl::peek(const Call& call, std::span<Record> records,
                                            const Timeout& timeout) {
    return trusting_nothing(call, [&] {
        const std::size_t count = reader.peek(records);
        return count != 0 || records.empty() ? count : wait_for_record(call, records, timeout);
    });
}

std::size_t RingConsumer::Impl::wait_for_record(const Call& call, std::span<Record> records,
                                                const Timeout& timeout) {
    const detail::Deadline deadline{timeout};
    const RingMemory& memory = core().memory;
    const auto amount = [&]() -> std::size_t {
        return memory.is_shut_down() ? 1 : reader.count_now();
    };
    const auto ready = [&] {
        reader.check_count();
        return amount() != 0;
    };
    const auto has_reason = [&] {
        try {
            return ready();
        } catch (const RingDamage&) { // the woken call throws
            return true;
        }
    };
    if (deadline.is_immediate()
            ? !glance()
            : !wait(call, deadline, body().not_empty, amount, ready, has_reason)) {
        return 0;
    }
    // The last record came before the shutdown, but perhaps after the last check.
    const std::size_t count = reader.peek(records);
    if (count == 0) {
        detail::throw_errno(call, ESHUTDOWN, "the ring was shut down, and is empty");
    }
    return count;
}

// For callers that never wait. Reading `tail` each time would slow down the producer, which stores
// it.
bool RingConsumer::Impl::glance() {
    constexpr unsigned now_and_then = 64;
    if (++glances % now_and_then == 0) {
        reader.check_count();
    }
    return core().memory.is_shut_down();
}

inline std::optional<RingConsumer::Record> RingConsumer::Impl::next(const Call& call,
                                                                    const Timeout& timeout) {
    Record record;
    return peek(call, {&record, 1}, timeout) != 0 ? std::optional{record} : std::nullopt;
}

// If the consumer dies before the wake-up, the producer sleeps for 50 ms more at most.
inline void RingConsumer::Impl::consume(const Call& call, std::size_t count) {
    trusting_nothing(call, [&] {
        reader.consume(count);
        wake_producer_if_asleep();
    });
}

inline void RingConsumer::Impl::wake_producer_if_asleep() {
    detail::light_fence();
    if (has_waiters(body().not_full)) [[unlikely]] {
        wake_producer();
    }
}

// Not for every record: a woken producer should have room for many. But at least every 100 us.
void RingConsumer::Impl::wake_producer() {
    constexpr std::chrono::microseconds at_least_every{100};
    if (reader.is_roomy() || since_last_wake(body().not_full) >= at_least_every) {
        wake_one(body().not_full);
    }
}

// The record is consumed after the copy is made: once it is consumed, nothing may fail.
std::optional<std::string> RingConsumer::Impl::receive(const Call& call, const Timeout& timeout) {
    const auto record = next(call, timeout);
    if (!record) {
        return std::nullopt;
    }
    std::string copy{reinterpret_cast<const char*>(record->data()), record->size()};
    consume(call, 1);
    return copy;
}

inline std::optional<std::size_t>
RingConsumer::Impl::receive(const Call& call, std::span<std::byte> buffer, const Timeout& timeout) {
    const auto record = next(call, timeout);
    if (!record) {
        return std::nullopt;
    }
    if (record->size() > buffer.size()) {
        throw_no_room(call, record->size(), buffer.size());
    }
    if (!record->empty()) { // an empty buffer's data may be null
        std::memcpy(buffer.data(), record->data(), record->size());
    }
    const std::size_t size = record->size();
    consume(call, 1);
    return size;
}

// What receive() begins with, before it has a Call: the usual case, a ring that is whole and has a
// record that fits.
inline bool RingConsumer::Impl::receive_at_once(std::span<std::byte> buffer,
                                                std::size_t& size) noexcept {
    const auto copy = [&](Record record) {
        if (record.size() > buffer.size()) {
            return false;
        }
        size = record.size();
        if (!record.empty()) { // an empty buffer's data may be null
            std::memcpy(buffer.data(), record.data(), record.size());
        }
        return true;
    };
    if (!is_usable() || !reader.take(copy)) {
        return false;
    }
    wake_producer_if_asleep();
    return true;
}

bool detail::AtOnce::receive(RingConsumer& consumer, std::span<std::byte> buffer,
                             std::size_t& size) noexcept {
    return consumer.impl_->receive_at_once(buffer, size);
}

RingConsumer::RingConsumer(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
RingConsumer::RingConsumer(RingConsumer&&) noexcept = default;
RingConsumer& RingConsumer::operator=(RingConsumer&&) noexcept = default;
RingConsumer::~RingConsumer() = default;

inline RingConsumer::Impl& RingConsumer::used(const char* function) const {
    return used_by(function, impl_);
}

RingConsumer::Record RingConsumer::peek(Timeout timeout) {
    Impl& impl = used("RingConsumer::peek");
    const Call call{"RingConsumer::peek", impl.name()};
    const auto record = impl.next(call, timeout);
    if (!record) {
        detail::throw_timed_out(call, timeout, "no record in time");
    }
    return *record;
}

std::optional<RingConsumer::Record> RingConsumer::try_peek(Timeout timeout) {
    Impl& impl = used("RingConsumer::try_peek");
    return impl.next({"RingConsumer::try_peek", impl.name()}, timeout);
}

std::size_t RingConsumer::peek_many(std::span<Record> records, Timeout timeout) {
    Impl& impl = used("RingConsumer::peek_many");
    return impl.peek({"RingConsumer::peek_many", impl.name()}, records, timeout);
}

void RingConsumer::consume(std::size_t count) {
    Impl& impl = used("RingConsumer::consume");
    const Call call{"RingConsumer::consume", impl.name()};
    if (count > impl.reader.peeked()) {
        detail::throw_invalid(call, "no peek has shown so many records");
    }
    impl.consume(call, count);
}

std::string RingConsumer::receive(Timeout timeout) {
    Impl& impl = used("RingConsumer::receive");
    const Call call{"RingConsumer::receive", impl.name()};
    auto record = impl.receive(call, timeout);
    if (!record) {
        detail::throw_timed_out(call, timeout, "no record in time");
    }
    return *std::move(record);
}

std::optional<std::string> RingConsumer::try_receive(Timeout timeout) {
    Impl& impl = used("RingConsumer::try_receive");
    return impl.receive({"RingConsumer::try_receive", impl.name()}, timeout);
}

std::size_t RingConsumer::receive_into(std::span<std::byte> buffer, Timeout timeout) {
    std::size_t at_once = 0;
    if (impl_ && impl_->receive_at_once(buffer, at_once)) {
        return at_once;
    }
    Impl& impl = used("RingConsumer::receive_into");
    const Call call{"RingConsumer::receive_into", impl.name()};
    const auto size = impl.receive(call, buffer, timeout);
    if (!size) {
        detail::throw_timed_out(call, timeout, "no record in time");
    }
    return *size;
}

std::optional<std::size_t> RingConsumer::try_receive_into(std::span<std::byte> buffer,
                                                          Timeout timeout) {
    std::size_t at_once = 0;
    if (impl_ && impl_->receive_at_once(buffer, at_once)) {
        return at_once;
    }
    Impl& impl = used("RingConsumer::try_receive_into");
    return impl.receive({"RingConsumer::try_receive_into", impl.name()}, buffer, timeout);
}

bool RingConsumer::has_producer() const {
    const Impl& impl = used("RingConsumer::has_producer");
    return Role::is_taken(impl.core().segment.fd(), detail::producer_entry);
}

const std::string& RingConsumer::name() const { return impl_ ? impl_->name() : detail::no_name(); }

void RingConsumer::close() noexcept {
    if (impl_) {
        impl_->leave();
    }
}

} // namespace crex
