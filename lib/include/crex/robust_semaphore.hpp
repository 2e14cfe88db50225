// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crex/export.hpp>
#include <crex/limits.hpp>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/open_flags.hpp>
#include <crex/server.hpp>
#include <crex/timeout.hpp>

// Named counting semaphores whose permits come back when their holder dies.
//
// A RobustSemaphore is a handle, and it is the handle that holds permits: those that it has
// acquired and not released. When its process is killed, or the handle is closed, they are free
// again. With one permit it is a named mutex that no kill can leave locked:
//
//     crex::RobustSemaphore turn{"/turn", crex::o_creat};
//     const std::scoped_lock guard{turn};
//
// The semaphore outlives the handle and the process, until unlink(). It is crex's own, a file
// called /dev/shm/crex-sem.NAME (lib/LAYOUT.md), for programs that use crex; for peers that use
// sem_open(3), use Semaphore. System V's SEM_UNDO is the model.
//
// Threads: any number of threads may call it at once. The permits belong to the handle, whichever
// thread acquired them. A handle must not be moved or closed while another thread uses it;
// exception: close() may run while other threads wait. Signal handlers must not call it: if the
// interrupted thread is inside a call, the handler's call throws Error (EDEADLK).
//
// Fork: a forked child may go on using its copy of a handle, whatever other threads of the parent
// do at that moment. It holds none of its parent's permits, takes one of max_handles at its first
// call, which throws Error (EUSERS) if none is left, and must call ready_fd() again. If the parent
// has called permit_fd(), the child's copy of that descriptor also keeps the parent's permits;
// closing the child's handle closes the copy. A child that cannot reopen the semaphore's file
// (dropped privileges, no /proc) must not close any descriptor of that file, else it counts as
// dead; to close the inherited handle is safe. While it lives, its parent's death is noticed about
// 1 s late.
//
// Order: a thread that calls while a permit is free gets it, even if other threads wait. If a
// waiter was overtaken in this way and has waited for more than 1 ms, the next release hands a
// permit to it: it gets one after at most two more acquisitions by other threads. Such waiters are
// served in the order in which they came.
//
// What is promised: no kill at any moment loses a permit or makes one. If a process is killed
// inside a call, the call may or may not have taken effect. Waiters notice a death within 50 ms;
// within 250 ms if the process dies inside a call, or the watcher (the handle among them whose
// process checks for deaths) dies as well, also if it is another handle of the same process. A new
// handle notices it at once, and so does a call that finds no permit, if its handle has not checked
// in the last 45 ms. If a process is stopped (SIGSTOP) inside a call, which takes some nanoseconds,
// the untimed calls of other processes wait until it continues. Timed calls keep their deadline, or
// wait 20 ms where that is more. Not covered: what Backend::robust does not cover either.

namespace crex {

namespace detail {
struct AtOnce;
namespace robust {
class RobustSemaphoreCore;
} // namespace robust
} // namespace detail

/// Which handles may release.
enum class Release {
    by_holders, ///< a handle that holds a permit; another one throws PermissionsError
    by_anyone,  ///< any handle; one that holds no permit adds one, as sem_post(3) does
};

/// How a semaphore is created, and how this handle uses it.
struct RobustSemaphoreOptions {
    /// Permission bits of a new semaphore, as in chmod(2); the umask does not apply. Ignored when
    /// the semaphore exists. Using it requires read *and* write permission.
    unsigned mode = 0600;

    /// How many permits there are at first: 0 to semaphore_value_max(). Unlike for a Semaphore, the
    /// default is 1. This and `release` are ignored when the semaphore exists.
    unsigned initial_value = 1;
    Release release = Release::by_holders;

    /// Accepts a semaphore of any owner, see MessageQueueOptions::any_owner.
    bool any_owner = false;

    /// Ends each wait of this handle with ExistentialError within 1 s, once the object's name has
    /// been removed or is another object's (see is_linked()): for a service whose clients could not
    /// find it any more. Calls that need not wait still succeed. poll(2) does not show it.
    bool while_linked = false;

    /// How many handles can be open at once, in all processes together: 1 to robust_handles_max.
    /// Each takes 32 bytes. Ignored when the semaphore exists.
    std::size_t max_handles = robust_handles_default;

    /// User and group id of a new semaphore, as in chown(2), so that root can create it for a
    /// service. Without a value, those of this process. Ignored when the semaphore exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};

    /// The server that keeps the semaphore; null for this machine (see server.hpp). It must exist
    /// longer than the handle.
    Server* at = nullptr;
};

/// A handle that holds permits.
struct PermitHolder {
    int pid = 0; ///< of its process; 0 if that is in another PID namespace
    unsigned permits = 0;
};

/// A handle on a named robust semaphore, with the rules at the top of this file.
class CREX_EXPORT RobustSemaphore {
public:
    /// Opens or creates the semaphore called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// Throws ExistentialError when the semaphore is missing, or when it exists and O_CREX was
    /// given; PermissionsError when its mode or owner forbids it; CorruptError when the file of
    /// that name is no such semaphore; BusyError when a process that is removing the semaphore has
    /// been stopped in the middle of that for 10 s; Error when max_handles (EUSERS) or a limit of
    /// the system (ENOSPC, EMFILE) is reached; std::invalid_argument for a bad name, flag, mode or
    /// value.
    explicit RobustSemaphore(Name name, int flags = 0, const RobustSemaphoreOptions& options = {});

    /// Opens the semaphore like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<RobustSemaphore>
    try_open(Name name, int flags = 0, const RobustSemaphoreOptions& options = {});

    RobustSemaphore(RobustSemaphore&&) noexcept;
    RobustSemaphore& operator=(RobustSemaphore&&) noexcept;
    RobustSemaphore(const RobustSemaphore&) = delete;
    RobustSemaphore& operator=(const RobustSemaphore&) = delete;

    /// Closes the handle. The permits that it holds become free, as if its process had died.
    ~RobustSemaphore();

    /// Waits until there is a permit, then takes it.
    ///
    /// Throws BusyError when `timeout` passes first; StoppedError as Timeout says; SignalError when
    /// a signal handler without SA_RESTART ran during the wait; CorruptError when a process that
    /// runs has been inside a call for 10 s without a change.
    void acquire();
    void acquire(Timeout timeout);

    /// Takes a permit if there is one now, or before the timeout or deadline passes. Returns false
    /// where acquire() throws BusyError or StoppedError. A call that waits throws SignalError.
    [[nodiscard]] bool try_acquire();
    [[nodiscard]] bool try_acquire_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_acquire_for(t); });
    }

    /// Whether the permit that this handle acquired last was left by a holder that died, or closed
    /// its handle, instead of releasing it: what the permit guards may be half-changed. With one
    /// permit, this is exact while the permit is held. After a second death while the first is
    /// being handled, it may be true once too often.
    [[nodiscard]] bool previous_holder_died() const;

    /// Returns the number of the permit that this handle acquired last: a later acquisition, by
    /// any process, has a greater one. For a resource that must refuse a holder that has lost its
    /// permit and does not know yet: it keeps the greatest number that it has seen, and refuses
    /// smaller ones. Without a server always 0: there, no permit is lost while its process lives.
    ///
    /// Throws LeaseLostError when the connection was lost since, and the permit with it.
    [[nodiscard]] std::uint64_t token() const;

    /// Gives `n` permits back, all or none, and wakes the threads that wait for them. Throws
    /// PermissionsError (EPERM) when this handle holds fewer and only holders may release; Error
    /// (EOVERFLOW) when more than semaphore_value_max() permits would be free; LeaseLostError when
    /// the connection to the server was lost, and the permits with it.
    void release(unsigned n = 1);

    /// Returns how many permits are free now. The number may have changed before the caller looks
    /// at it.
    [[nodiscard]] unsigned value() const;

    /// Return how many permits this handle holds, and all living handles that hold any.
    [[nodiscard]] unsigned held() const;
    [[nodiscard]] std::vector<PermitHolder> holders() const;

    /// Returns a descriptor that keeps this handle's permits: for a program that is started now and
    /// must keep them even if this process is killed. The permits come back only when the last
    /// process that has the descriptor, or a copy of it, is gone, as with a lock of flock(2).
    ///
    /// While this process lives, it can still release the permits. release() ends the sharing and
    /// closes the descriptor; until then, the caller must call no other function of this handle.
    /// The descriptor belongs to this handle: the caller must not close it. It is closed on exec,
    /// unless the caller changes that.
    [[nodiscard]] int permit_fd();

    /// Returns a descriptor as Semaphore::ready_fd() does: a thread looks every 50 ms.
    [[nodiscard]] int ready_fd() const;

    /// Acquire and release for std::scoped_lock, std::unique_lock and std::lock. Unlike acquire(),
    /// these calls go on waiting after a signal. unlock() does nothing if the permit was lost with
    /// the connection to a server: guards call it in their destructors.
    void lock();
    [[nodiscard]] bool try_lock() { return try_acquire(); }
    [[nodiscard]] bool try_lock_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_lock_for(t); });
    }
    void unlock();

    /// Returns which object it is, as inspect_robust_semaphore() does for the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by any means,
    /// or is another object's: processes that open it now do not reach this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Closes the handle. Every later call but name() and unlink() throws ExistentialError, and so
    /// do the calls in which other threads wait now. Closing again does nothing. With permits to
    /// give back, it waits up to 1 s for a process that is stopped in a call; after that, the
    /// permits come back as those of a dead process do.
    void close() noexcept;

    /// Removes the name. Processes that have the semaphore open can go on using it; a new one may
    /// take the name at once.
    ///
    /// Throws ExistentialError when the name is not there; PermissionsError when it is another
    /// user's; BusyError when another process that is removing the semaphore has been stopped in
    /// the middle of that for 10 s.
    void unlink();

private:
    friend struct detail::AtOnce;
    struct Impl;
    explicit RobustSemaphore(std::unique_ptr<Impl> impl) noexcept;
    template <class Body> decltype(auto) with(const char* function, Body body) const;
    detail::robust::RobustSemaphoreCore& local(const char* function) const;
    detail::RemoteSemaphore& remote(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the semaphore called `name`, without opening it. Throws as unlink() does, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_robust_semaphore(std::string_view name);

/// Removes the semaphore called `name` at a server. Ends it for the processes that have it open,
/// too: their calls throw ExistentialError.
CREX_EXPORT void unlink_robust_semaphore(std::string_view name, Server& at);

} // namespace crex
