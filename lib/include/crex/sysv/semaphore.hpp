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
// It is a handle on the first semaphore of a set, which here is made with one; see object.hpp for
// its rules and semaphore_set.hpp for how it comes to be. What it has that a POSIX semaphore has
// not: permits that come back when their holder dies (undo), any number of them taken or released
// at once, waiting for zero, and knowing who waits. What it costs: a system call each time.

namespace crex::sysv {

struct SemaphoreOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got: no umask applies. Ignored
    /// when the semaphore exists.
    unsigned mode = 0600;

    /// What it counts from, at most semaphore_value_max. Ignored when the semaphore exists.
    unsigned initial_value = 0;

    /// Whether what this handle acquires and releases is taken back when the process ends (see
    /// Operation::undo). For locks and permits, where who acquires is who releases; with undo,
    /// an event that one process releases and another acquires is taken back by either's end.
    bool undo = false;
};

class CREX_EXPORT Semaphore : public Object {
public:
    /// Opens or creates the semaphore that has this key, as `flags` say. Waits and throws as
    /// SemaphoreSet does.
    explicit Semaphore(Key key, int flags = 0, const SemaphoreOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<Semaphore> try_open(Key key, int flags = 0,
                                                           const SemaphoreOptions& options = {});

    /// The semaphore that has this id, as it is. Throws ExistentialError when there is none.
    [[nodiscard]] static Semaphore from_id(int id, bool undo = false);

    /// Waits until the value is at least `n`, then takes that much, at once.
    ///
    /// Throws BusyError when `timeout` passes first; SignalError when a signal handler ran during
    /// the wait, whatever its SA_RESTART (unlike crex::Semaphore); ExistentialError when the
    /// semaphore is removed; std::invalid_argument unless `n` is 1 to semaphore_value_max.
    void acquire(Timeout timeout = {}, unsigned n = 1);

    /// Takes one if it can, waiting no longer than `timeout`; like acquire(), throws SignalError.
    [[nodiscard]] bool try_acquire();
    [[nodiscard]] bool try_acquire_for(Timeout timeout, unsigned n = 1);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_acquire_for(t); });
    }

    /// Adds `n` at once, and wakes those who can go on. Anybody may release, holder or not.
    ///
    /// Throws Error (EOVERFLOW), and adds nothing, when that would exceed semaphore_value_max;
    /// ExistentialError when the semaphore was removed; std::invalid_argument unless `n` is 1 to
    /// semaphore_value_max.
    void release(unsigned n = 1);

    /// Waits until the value is zero, and takes nothing: sysv_ipc's Z(). Throws as acquire() does.
    void wait_for_zero(Timeout timeout = {});
    [[nodiscard]] bool try_wait_for_zero(Timeout timeout = do_not_wait);

    /// The value now. It may have changed before you look at the answer.
    [[nodiscard]] unsigned value() const;

    /// Sets it, whatever it was, and forgets what all processes would have taken back. Throws
    /// std::invalid_argument above semaphore_value_max.
    void value(unsigned value);

    /// Whether what this handle does from now on is taken back in the end.
    [[nodiscard]] bool undo() const noexcept { return undo_; }
    void undo(bool whether) noexcept { undo_ = whether; }

    /// See SemaphoreSet, also for last_operation_time(), which a new semaphore has.
    [[nodiscard]] int last_pid() const;
    [[nodiscard]] unsigned waiting_for_nonzero() const;
    [[nodiscard]] unsigned waiting_for_zero() const;
    [[nodiscard]] Moment last_operation_time() const;

    /// What std::scoped_lock, std::unique_lock and std::lock want: acquire and release. Unlike
    /// acquire(), these go on waiting after a signal, so that a guard never throws on SIGCHLD.
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
