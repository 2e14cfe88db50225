// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>

#include <crex/export.hpp>
#include <crex/sysv/object.hpp>
#include <crex/sysv/semaphore_set.hpp>
#include <crex/timeout.hpp>

// A System V counting semaphore: sysv_ipc's Semaphore, with the interface of crex::Semaphore.
//
// It is a handle on the first semaphore of a set, which is created here with one; see object.hpp
// for its rules and semaphore_set.hpp for how a set is created. It has what a POSIX semaphore has
// not: permits that come back when their holder dies (undo), any number of permits acquired or
// released at once, a wait for zero, and a count of waiters. Each call costs a system call.

namespace crex::sysv {

/// How a semaphore is created, and how this handle uses it.
struct SemaphoreOptions {
    /// Permission bits of a new semaphore, as in chmod(2); the umask does not apply. Ignored when
    /// the semaphore exists.
    unsigned mode = 0600;

    /// The value at first, at most semaphore_value_max. Ignored when the semaphore exists.
    unsigned initial_value = 0;

    /// Whether what this handle acquires and releases is undone when the process ends (see
    /// Operation::undo). For locks and permits, where one process both acquires and releases. For
    /// an event that one process releases and another acquires, do not use it: the end of either
    /// process would undo its part.
    bool undo = false;

    /// Opens for reading only: acquire() and release() then throw PermissionsError where the mode
    /// forbids them. A new semaphore is created nevertheless.
    bool read_only = false;

    /// Whether a new semaphore is operated on at once, changing nothing (see semaphore_set.hpp).
    /// Without that it has no last_operation_time() until a process uses it, as in sysv_ipc, whose
    /// manual lets the creator say so when it has done more than set the value. Ignored when the
    /// semaphore exists.
    bool operate_first = true;
};

/// A handle on a System V semaphore, with the rules at the top of this file.
class CREX_EXPORT Semaphore : public Object {
public:
    /// Opens or creates the semaphore that has this key, as `flags` say. Waits and throws as
    /// SemaphoreSet does.
    explicit Semaphore(Key key, int flags = 0, const SemaphoreOptions& options = {});

    /// Opens the semaphore like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<Semaphore> try_open(Key key, int flags = 0,
                                                           const SemaphoreOptions& options = {});

    /// Returns the semaphore that has this id, as it is. Throws ExistentialError when there is
    /// none.
    [[nodiscard]] static Semaphore from_id(int id, bool undo = false);

    /// Waits until the value is at least `n`, then takes `n` at once.
    ///
    /// Throws BusyError when `timeout` passes first; StoppedError as Timeout says; SignalError when
    /// a signal handler ran during the wait, whatever its SA_RESTART (unlike crex::Semaphore);
    /// ExistentialError when the semaphore is removed; std::invalid_argument unless `n` is 1 to
    /// semaphore_value_max.
    void acquire(Timeout timeout = {}, unsigned n = 1);

    /// Acquires like acquire(), but returns false where that throws BusyError or StoppedError.
    [[nodiscard]] bool try_acquire();
    [[nodiscard]] bool try_acquire_for(Timeout timeout, unsigned n = 1);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_acquire_for(t); });
    }

    /// Adds `n` at once, and wakes the waiters that can continue. Any process may release, also one
    /// that holds no permit.
    ///
    /// Throws Error (EOVERFLOW), and adds nothing, when the value would exceed semaphore_value_max;
    /// ExistentialError when the semaphore was removed; std::invalid_argument unless `n` is 1 to
    /// semaphore_value_max.
    void release(unsigned n = 1);

    /// Waits until the value is zero, and takes nothing: sysv_ipc's Z(). Throws as acquire() does.
    void wait_for_zero(Timeout timeout = {});
    [[nodiscard]] bool try_wait_for_zero(Timeout timeout = do_not_wait);

    /// Returns the value now. It may have changed before the caller looks at it.
    [[nodiscard]] unsigned value() const;

    /// Sets the value, whatever it was, and drops what any process would undo. Throws
    /// std::invalid_argument above semaphore_value_max.
    void value(unsigned value);

    /// Whether what this handle does from now on is undone at the end of the process.
    [[nodiscard]] bool undo() const noexcept { return undo_; }
    void undo(bool whether) noexcept { undo_ = whether; }

    /// See SemaphoreSet. A new semaphore has a last_operation_time().
    [[nodiscard]] int last_pid() const;
    [[nodiscard]] unsigned waiting_for_nonzero() const;
    [[nodiscard]] unsigned waiting_for_zero() const;
    [[nodiscard]] Moment last_operation_time() const;

    /// Acquire and release for std::scoped_lock, std::unique_lock and std::lock. Unlike acquire(),
    /// these calls go on waiting after a signal, so that a guard never throws on SIGCHLD.
    void lock();
    [[nodiscard]] bool try_lock() { return try_acquire(); }
    [[nodiscard]] bool try_lock_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_lock_for(t); });
    }
    void unlock() { release(); }

private:
    Semaphore(const detail::KeyAndId& found, bool undo)
        : Object{Kind::semaphore, found}, undo_{undo} {}

    bool undo_ = false;
};

} // namespace crex::sysv
