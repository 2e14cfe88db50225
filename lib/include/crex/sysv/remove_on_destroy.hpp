// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <unistd.h>

#include <crex/error.hpp>

// Scope lifetime for System V objects, where it is needed:
//
//     crex::sysv::Semaphore semaphore{42, crex::O_CREX};
//     const crex::sysv::RemoveOnDestroy removed{semaphore};

namespace crex::sysv {

/// Removes an object when it goes out of scope, unless the object was removed before. Keeps a
/// handle of its own. A copy in a forked child removes nothing. If the process is killed, the
/// object is not removed.
template <class Handle> class RemoveOnDestroy {
public:
    /// Keeps the handle.
    explicit RemoveOnDestroy(Handle handle) : handle_{std::move(handle)} {}

    ~RemoveOnDestroy() {
        if (process_ == ::getpid()) {
            try {
                handle_.remove();
            } catch (const Error&) { // removed before, or no longer this user's
            }
        }
    }

    RemoveOnDestroy(const RemoveOnDestroy&) = delete;
    RemoveOnDestroy& operator=(const RemoveOnDestroy&) = delete;

    /// Keeps the object: the destructor will not remove it.
    void release() noexcept { process_ = 0; }

private:
    Handle handle_;
    int process_ = ::getpid();
};

} // namespace crex::sysv
