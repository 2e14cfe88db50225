// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>

#include <sys/types.h>

#include "platform/cancellation.hpp"

// How a call ends, in the kernel's form: its result, or minus an errno value.

namespace crex::mqueue {

using detail::CancellationHeld;

// Restores errno at the end of the scope.
class ErrnoSaver {
public:
    ErrnoSaver() = default;
    ~ErrnoSaver() { errno = before_; }
    ErrnoSaver(const ErrnoSaver&) = delete;
    ErrnoSaver& operator=(const ErrnoSaver&) = delete;

private:
    int before_ = errno;
};

// The errno value of the exception that is being handled. Only here do crex's exceptions become
// errno values.
[[nodiscard]] int errno_of_this_exception() noexcept;

// Returns what `body` returns, or what it throws, as minus an errno value.
template <class Body> ssize_t outcome_of(Body body) noexcept {
    const CancellationHeld held;
    const ErrnoSaver kept;
    try {
        return body();
    } catch (...) {
        return -errno_of_this_exception();
    }
}

// Converts an outcome to the C library's form: -1, and errno.
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
