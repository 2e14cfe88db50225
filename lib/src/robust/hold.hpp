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
Participant::Entry attach(const Call& call, Participant& self);

class Hold {
public:
    // Takes the lock, unless it is held.
    Hold(Lock& lock, const Participant& self) : lock_{lock} {
        ++locks_inside;
        held_ = try_lock(lock, self);
    }
    ~Hold() {
        if (held_) [[likely]] {
            unlock(lock_);
        }
        --locks_inside;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    explicit operator bool() const { return held_; }

    // Waits for the lock. True when it was taken over from a dead holder, whose work may be half
    // done. Throws NotLocked.
    [[nodiscard]] bool insist(const Participant& self, const WaitOptions& wait_options);

private:
    Lock& lock_;
    bool held_;
};

// Counts a call that may wait, until the end of the scope. Closing the handle ends the wait and
// then waits for the call.
class Presence {
public:
    explicit Presence(Participant& self) : count_{self.calls()} { ++count_; }
    ~Presence() { --count_; }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

private:
    std::atomic<int>& count_;
};

} // namespace crex::detail::robust
