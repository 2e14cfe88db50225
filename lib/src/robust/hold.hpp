// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "common/errors.hpp"
#include "robust/lock.hpp"

// Having a lock for the time of a scope, and what it takes to be let near one.

namespace crex::detail::robust {

// Thrown when a lock cannot be had.
struct NotLocked {
    Locked reason;
};

// What whoever waited for it is told. Not of Locked::too_late, which may be no error.
[[noreturn]] void throw_not_locked(const Call& call, Locked reason);
[[noreturn]] void throw_closed_meanwhile(const Call& call);

// How many locks of robust objects this thread holds, or is about to. A signal handler asks.
inline constinit thread_local int locks_inside = 0;

class InsideLock {
public:
    InsideLock() { ++locks_inside; }
    ~InsideLock() { --locks_inside; }
    InsideLock(const InsideLock&) = delete;
    InsideLock& operator=(const InsideLock&) = delete;
};

// Claims an entry, if this process has none yet: before a lock can be taken. Throws what hinders
// it, also that a signal handler is at it, whose thread may have the lock.
Participant::Entry attach(const Call& call, Participant& self);

class Hold {
public:
    // Has the lock, or none when somebody else has it.
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

    // Waits for it. True when it was taken over from somebody dead, whose work may be half done.
    [[nodiscard]] bool insist(const Participant& self, const WaitOptions& wait_options);

private:
    Lock& lock_;
    bool held_;
};

// A call that may wait, until it ends. Closing the handle ends the wait and then waits for it.
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
