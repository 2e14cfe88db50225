// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "common/errors.hpp"
#include "robust/lock.hpp"

// Holding a lock until the end of a scope, and claiming the entry that this requires.

namespace crex::detail::robust {

// Thrown when a lock cannot be obtained.
struct NotLocked {
    Locked reason;
};

// Throw why the wait for a lock ended. Not for Locked::too_late, which may be no error.
[[noreturn]] void throw_not_locked(const Call& call, Locked reason);
[[noreturn]] void throw_closed_meanwhile(const Call& call);

// How many locks of robust objects this thread holds, or is about to: for calls from signal
// handlers.
inline constinit thread_local int locks_inside = 0;

class InsideLock {
public:
    InsideLock() { ++locks_inside; }
    ~InsideLock() { --locks_inside; }
    InsideLock(const InsideLock&) = delete;
    InsideLock& operator=(const InsideLock&) = delete;
};

// Claims an entry, if this process has none yet; a lock requires one. Throws why that fails, also
// in a signal handler whose thread may hold the lock.
Participant::Entry join(const Call& call, Participant& self);

class LockGuard {
public:
    // Takes the lock, unless it is held.
    LockGuard(Lock& lock, const Participant& self) : lock_{lock} {
        ++locks_inside;
        held_ = try_lock(lock, self);
    }
    ~LockGuard() {
        if (held_) [[likely]] {
            unlock(lock_);
        }
        --locks_inside;
    }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

    explicit operator bool() const { return held_; }

    // Waits for the lock. True when it was taken over from a dead holder, whose work may be half
    // done. Throws NotLocked.
    [[nodiscard]] bool acquire(const Participant& self, const WaitOptions& wait_options);

private:
    Lock& lock_;
    bool held_;
};

} // namespace crex::detail::robust
