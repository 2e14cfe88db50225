// SPDX-License-Identifier: BSL-1.0
#include "postgres/waiter.hpp"

#include <cerrno>

#include <sys/eventfd.h>

#include "common/errors.hpp"
#include "platform/cancellation.hpp"

namespace crex::detail::postgres {

// Whether it was woken is asked after the descriptor is there, and the other way round in wake():
// so at least one of the two shows it.
int Waiter::fd() {
    if (fd_ < 0) {
        event_ = UniqueFd{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (event_.get() < 0) {
            throw_errno({"eventfd", "", false}, errno);
        }
        fd_ = event_.get();
        if (is_woken_) {
            wake(false);
        }
    }
    return fd_;
}

void Waiter::wake(bool by_server) noexcept {
    if (by_server) {
        is_notified_ = true;
    }
    is_woken_ = true;
    if (const int fd = fd_; fd >= 0) {
        const CancellationHeld held;
        eventfd_write(fd, 1);
    }
}

void Waiter::begin_again() noexcept {
    is_woken_ = false;
    is_notified_ = false;
    if (fd_ >= 0) {
        const CancellationHeld held;
        eventfd_t count = 0;
        eventfd_read(fd_, &count);
    }
}

} // namespace crex::detail::postgres
