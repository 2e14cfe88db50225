// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>

#include <pthread.h>
#include <sys/types.h>

// How a call ends, as the kernel says it: its answer, or minus an errno value.

namespace crex::mqueue {

// While it lives, pthread_cancel(3) does nothing to this thread. What crex calls inside (read(2),
// open(2)) would act on it, in functions that no exception may leave, or with a lock held.
class CancellationHeld {
public:
    CancellationHeld() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~CancellationHeld() { pthread_setcancelstate(before_, nullptr); }
    // Ends the thread by an exception if it has been cancelled. Nothing of crex may be on the stack
    // that bears none, and no lock be held.
    void let_in() const {
        pthread_setcancelstate(before_, nullptr);
        pthread_testcancel();
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    }
    CancellationHeld(const CancellationHeld&) = delete;
    CancellationHeld& operator=(const CancellationHeld&) = delete;

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

// Leaves errno as it was.
class ErrnoKept {
public:
    ErrnoKept() = default;
    ~ErrnoKept() { errno = before_; }
    ErrnoKept(const ErrnoKept&) = delete;
    ErrnoKept& operator=(const ErrnoKept&) = delete;

private:
    int before_ = errno;
};

// The errno value of the exception that is being handled. The one place where crex's become such.
[[nodiscard]] int errno_of_this_exception() noexcept;

// What `body` answers, or what it throws, as minus an errno value.
template <class Body> ssize_t outcome_of(Body body) noexcept {
    const CancellationHeld held;
    const ErrnoKept kept;
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
