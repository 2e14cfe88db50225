// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <unistd.h>

#include <crex/error.hpp>

// Scope lifetime for System V objects, for those who want it:
//
//     crex::sysv::Semaphore semaphore{42, crex::O_CREX};
//     const crex::sysv::RemoveOnDestroy removed{semaphore};

namespace crex::sysv {

/// Removes an object when it goes out of scope, unless somebody did before. Keeps a handle of its
/// own. What is left of it in a forked child removes nothing. A process that is killed removes
/// nothing either: nobody is left to do it.
template <class Handle> class RemoveOnDestroy {
public:
    explicit RemoveOnDestroy(Handle handle) : handle_{std::move(handle)} {}

    ~RemoveOnDestroy() {
        if (process_ == ::getpid()) {
            try {
                handle_.remove();
            } catch (const Error&) { // removed before, or no longer ours
            }
        }
    }

    RemoveOnDestroy(const RemoveOnDestroy&) = delete;
    RemoveOnDestroy& operator=(const RemoveOnDestroy&) = delete;

    /// Lets the object live on.
    void release() noexcept { process_ = 0; }

private:
    Handle handle_;
    int process_ = ::getpid();
};

} // namespace crex::sysv
