// SPDX-License-Identifier: BSL-1.0
#include "postgres/waiter.hpp"

#include <cerrno>

#include <sys/eventfd.h>

#include "common/errors.hpp"
#include "platform/cancellation.hpp"

namespace crex::detail::postgres {

Waiter::Waiter() : event_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (event_.get() < 0) {
        throw_errno({"eventfd", "", false}, errno);
    }
}

void Waiter::wake(bool by_server) noexcept {
    if (by_server) {
        is_notified_ = true;
    }
    const CancellationHeld held;
    eventfd_write(event_.get(), 1);
}

void Waiter::begin_again() noexcept {
    const CancellationHeld held;
    eventfd_t count = 0;
    eventfd_read(event_.get(), &count);
    is_notified_ = false;
}

} // namespace crex::detail::postgres
