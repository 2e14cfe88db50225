// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <semaphore.h>

#include <crex/export.hpp>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/open_flags.hpp>
#include <crex/timeout.hpp>

// Named counting semaphores shared between processes.
//
// A Semaphore is a handle. The object behind it, a POSIX named semaphore, outlives the handle and
// the process. It is destroyed only after unlink(), once the last process that holds it open has
// closed it. Programs that use sem_open(3), Python's posix_ipc or
// boost::interprocess::named_semaphore share it by its name.
//
// Threads: any number of threads may call acquire, release and value on one handle at once. A
// handle must not be moved or closed while another thread uses it.
//
// Fork: a forked child may go on using its copy of a handle, whatever other threads of the parent
// do at that moment, but must call ready_fd() again. Until then, the old descriptor shows only what
// a thread of the parent sees; that call closes it. No permit belongs to a process: one that the
// parent has acquired must be released once, by either.
//
// Order: none. A release wakes a waiter, but a thread that calls at that moment may be faster,
// again and again; RobustSemaphore is fair.
//
// What it does not do: give back the permits of a process that died while it held them. No POSIX
// semaphore does.

namespace crex {

namespace detail {
struct AtOnce;
} // namespace detail

/// How a semaphore is created.
struct SemaphoreOptions {
    /// Permission bits of a new semaphore, as in chmod(2); the umask does not apply. Ignored when
    /// the semaphore exists. Using it requires read *and* write permission.
    unsigned mode = 0600;

    /// The value at first: 1 for a lock, N for N permits, 0 for an event; at most
    /// semaphore_value_max(). Ignored when the semaphore exists.
    unsigned initial_value = 0;

    /// User and group id of a new semaphore, as in chown(2), so that root can create it for a
    /// service. Without a value, those of this process. Ignored when the semaphore exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

/// A handle on a named semaphore, with the rules at the top of this file.
class CREX_EXPORT Semaphore {
public:
    /// Opens or creates the semaphore called `name`, as `flags` says (see open_flags.hpp). A new
    /// one appears under its name complete, with its mode and value, or not at all.
    ///
    /// Throws ExistentialError when the semaphore is missing, or when it exists and O_CREX was
    /// given; PermissionsError when its mode forbids it; CorruptError when the file of that name
    /// cannot be a semaphore (with an empty one, sem_open(3) would let the process die of SIGBUS);
    /// std::invalid_argument for a bad name, flag, mode or value.
    explicit Semaphore(Name name, int flags = 0, const SemaphoreOptions& options = {});

    /// Opens the semaphore like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<Semaphore> try_open(Name name, int flags = 0,
                                                           const SemaphoreOptions& options = {});

    Semaphore(Semaphore&&) noexcept;
    Semaphore& operator=(Semaphore&&) noexcept;
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Closes the handle. Gives back no permit and removes nothing.
    ~Semaphore();

    /// Waits until the value is above zero, then takes one.
    ///
    /// Throws BusyError when `timeout` passes first; StoppedError as Timeout says; SignalError when
    /// a signal handler without SA_RESTART ran during the wait.
    void acquire() {
        if (!take_at_once()) [[unlikely]] {
            acquire(no_timeout);
        }
    }
    void acquire(Timeout timeout);

    /// Takes one if the value is above zero now, or before the timeout or deadline passes. Returns
    /// false where acquire() throws BusyError or StoppedError. A call that waits throws
    /// SignalError. The names are those of std::counting_semaphore.
    [[nodiscard]] bool try_acquire();
    [[nodiscard]] bool try_acquire_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_acquire_for(t); });
    }

    /// Adds one, and wakes a waiter if there is one. Any thread may release, also one that holds no
    /// permit.
    ///
    /// Throws Error (EOVERFLOW) at semaphore_value_max().
    void release() {
        if (semaphore_ == nullptr || sem_post(semaphore_) != 0) [[unlikely]] {
            throw_not_released();
        }
    }

    /// Releases `n` times. The maximum is checked before the first; if other threads release at the
    /// same moment and it is reached half-way, Error (EOVERFLOW) is thrown and the releases already
    /// made stay.
    void release(unsigned n);

    /// Returns the value now. It may have changed before the caller looks at it.
    [[nodiscard]] unsigned value() const;

    /// Returns a descriptor for poll(2), epoll(7) and select(2), readable while the value is above
    /// zero. Then call try_acquire(): another thread may have been faster. The kernel does not
    /// report changes of a semaphore, so a thread of this process looks every 50 ms, and misses
    /// what comes and goes between two looks. A forked child must call ready_fd() again. The
    /// descriptor belongs to this handle: the caller must not read or close it.
    [[nodiscard]] int ready_fd() const;

    /// Acquire and release for std::scoped_lock, std::unique_lock and std::lock. Unlike acquire(),
    /// these calls go on waiting after a signal, so that a guard never throws on SIGCHLD.
    void lock() {
        if (!take_at_once()) [[unlikely]] {
            wait_through_signals();
        }
    }
    [[nodiscard]] bool try_lock() { return try_acquire(); }
    [[nodiscard]] bool try_lock_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_lock_for(t); });
    }
    void unlock() { release(); }

    /// Returns which object it is, as inspect_semaphore() does for the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by any means,
    /// or is another object's: processes that open it now do not reach this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Closes the handle. Every later call but name() and unlink() throws ExistentialError; closing
    /// again does nothing.
    void close() noexcept;

    /// Removes the name. Processes that have the semaphore open can go on using it; a new one may
    /// take the name at once.
    ///
    /// Throws ExistentialError when the name is not there, PermissionsError when it is another
    /// user's.
    void unlink();

private:
    friend struct detail::AtOnce;
    struct Impl;
    explicit Semaphore(std::unique_ptr<Impl> impl) noexcept;
    Impl& opened(const char* function) const; // throws when closed

    // In the header, so that an uncontended call costs what sem_t costs.
    bool take_at_once() { return semaphore_ != nullptr && sem_trywait(semaphore_) == 0; }
    void wait_through_signals();
    [[noreturn]] void throw_not_released() const; // errno says why, or the handle is closed

    std::unique_ptr<Impl> impl_;
    sem_t* semaphore_ = nullptr; // the one of `impl_`; none when closed
};

/// Removes the semaphore called `name`, without opening it. Throws as unlink() does, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_semaphore(std::string_view name);

} // namespace crex
