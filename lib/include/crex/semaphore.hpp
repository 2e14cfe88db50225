// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <crex/export.hpp>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/open_flags.hpp>
#include <crex/timeout.hpp>

// Named counting semaphores shared between processes.
//
// A Semaphore is a handle. The object behind it, a POSIX named semaphore, outlives the
// handle and the process, and goes away only after unlink() -- and then only once the last process
// holding it open has let go. Programs using sem_open(3), Python's posix_ipc or
// boost::interprocess::named_semaphore share it by its name.
//
// Threads: any number may call acquire, release and value on one handle at once; close() and
// moving want it to themselves. A forked child may go on using its copy.
//
// Order: none. A release wakes a waiter, but a thread that calls at that moment may be faster,
// again and again; RobustSemaphore is fair.
//
// What it does not do: give back the permits of a process that died holding them. No POSIX
// semaphore does.

namespace crex {

struct SemaphoreOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got, whatever the umask.
    /// Ignored when the semaphore exists. Using a semaphore takes read *and* write permission.
    unsigned mode = 0600;

    /// What it counts from: 1 for a lock, N for N permits, 0 for an event. At most
    /// semaphore_value_max(). Ignored when the semaphore exists.
    unsigned initial_value = 0;

    /// Whose a new object is, by user and group id, as in chown(2): so that root can make it for a
    /// service. Nothing is this process's own. Ignored when it exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

class CREX_EXPORT Semaphore {
public:
    /// Opens or creates the semaphore called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// It appears under its name complete, with its mode and value, or not at all.
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError when its mode forbids; CorruptError when the file of that name cannot be
    /// a semaphore (sem_open(3) would let the process die of SIGBUS on an empty one);
    /// std::invalid_argument for a bad name, flag, mode or value.
    explicit Semaphore(Name name, int flags = 0, const SemaphoreOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<Semaphore> try_open(Name name, int flags = 0,
                                                           const SemaphoreOptions& options = {});

    Semaphore(Semaphore&&) noexcept;
    Semaphore& operator=(Semaphore&&) noexcept;
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Closes the handle. Takes back no permit and removes nothing.
    ~Semaphore();

    /// Waits until the value is above zero, then takes one.
    ///
    /// Throws BusyError when `timeout` passes first, SignalError when a signal handler that was
    /// installed without SA_RESTART ran during the wait.
    void acquire();
    void acquire(Timeout timeout);

    /// Takes one if it can without waiting. The names are those of std::counting_semaphore; like
    /// acquire(), those that wait throw SignalError.
    [[nodiscard]] bool try_acquire();
    [[nodiscard]] bool try_acquire_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_acquire_for(t); });
    }

    /// Adds one, and wakes a waiter if there is one. Anybody may release, holder or not.
    ///
    /// Throws Error (EOVERFLOW) at semaphore_value_max().
    void release();

    /// Releases `n` times. Checked before the first; if others release at the same moment and the
    /// maximum is reached half-way, those already made stay.
    void release(unsigned n);

    /// The value now. It may have changed before you look at the answer.
    [[nodiscard]] unsigned value() const;

    /// A descriptor for poll(2), epoll(7) and select(2): readable while the value is above zero.
    /// Then use try_acquire(), since somebody else may be quicker. The kernel tells nobody of a
    /// semaphore, so a thread of this process looks every 50 ms, and misses what comes and goes in
    /// between; a forked child has to ask again. It is this handle's: do not read or close it.
    [[nodiscard]] int ready_fd() const;

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

    /// Which object it is, as inspect_semaphore() says of the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by whatever
    /// means, or is another object's: processes that open it now do not meet this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Lets go of the object. Every later call but name() and unlink() throws ExistentialError;
    /// closing again does nothing.
    void close() noexcept;

    /// Removes the name. Those who have it open go on; a new one may take the name at once.
    ///
    /// Throws ExistentialError when the name is not there, PermissionsError when it is another
    /// user's.
    void unlink();

private:
    struct Impl;
    explicit Semaphore(std::unique_ptr<Impl> impl) noexcept;
    Impl& opened(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the semaphore called `name`, without opening it. Throws what unlink() throws, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_semaphore(std::string_view name);

} // namespace crex
