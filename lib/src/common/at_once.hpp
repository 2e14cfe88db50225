// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>

#include <crex/export.hpp>
#include <crex/semaphore.hpp>

#include "platform/glibc_semaphore.hpp"

namespace crex {

class MessageQueue;
class RingConsumer;
class RingProducer;
class RobustSemaphore;
struct ReceivedMessage;

namespace detail {

// The usual case of a call on a handle, in which there is nothing to wait for and nothing to say.
// Each function returns false, and has done nothing, in any other case; the handle's own function
// must be called then. None throws. A handle must not have been moved from; an empty span's pointer
// may be null.
//
// They are for libcrex-c, in which no function can be inline: it checks no more than it must before
// the usual case is over. A shared libcrex exports them. Each is defined beside the function of
// which it is the usual case.
struct CREX_EXPORT AtOnce {
    static bool acquire(Semaphore& semaphore) noexcept {
        return semaphore.semaphore_ != nullptr && take_permit(*semaphore.semaphore_);
    }
    static bool release(Semaphore& semaphore, unsigned n) noexcept {
        return semaphore.semaphore_ != nullptr && add_permits(*semaphore.semaphore_, n);
    }

    static bool acquire(RobustSemaphore& semaphore) noexcept;
    static bool release(RobustSemaphore& semaphore, unsigned n) noexcept;

    static bool send(MessageQueue& queue, std::span<const std::byte> body,
                     unsigned priority) noexcept;
    static bool receive(MessageQueue& queue, std::span<std::byte> buffer,
                        ReceivedMessage& received) noexcept;

    static bool send(RingProducer& producer, std::span<const std::byte> record) noexcept;
    static bool receive(RingConsumer& consumer, std::span<std::byte> buffer,
                        std::size_t& size) noexcept;
};

} // namespace detail
} // namespace crex
