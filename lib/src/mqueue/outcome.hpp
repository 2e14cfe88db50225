// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>

#include <sys/types.h>

#include "platform/cancellation.hpp"

// How a call ends, as the kernel says it: its answer, or minus an errno value.

namespace crex::mqueue {

using detail::CancellationHeld;

// Leaves errno as it was.
class ErrnoSaver {
public:
    ErrnoSaver() = default;
    ~ErrnoSaver() { errno = before_; }
    ErrnoSaver(const ErrnoSaver&) = delete;
    ErrnoSaver& operator=(const ErrnoSaver&) = delete;

private:
    int before_ = errno;
};

// The errno value of the exception that is being handled. The one place where crex's become such.
[[nodiscard]] int errno_of_this_exception() noexcept;

// What `body` answers, or what it throws, as minus an errno value.
template <class Body> ssize_t outcome_of(Body body) noexcept {
    const CancellationHeld held;
    const ErrnoSaver kept;
    try {
        return body();
    } catch (...) {
        return -errno_of_this_exception();
    }
}

// The same as the C library says it: -1, and errno.
inline ssize_t said_in_c(ssize_t outcome) noexcept {
    if (outcome >= 0) {
        return outcome;
    }
    errno = static_cast<int>(-outcome);
    return -1;
}

template <class Body> int called(Body body) noexcept {
    return static_cast<int>(said_in_c(outcome_of(body)));
}

} // namespace crex::mqueue
