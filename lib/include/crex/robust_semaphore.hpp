// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
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
#include <crex/timeout.hpp>

// Named counting semaphores whose permits come back when their holder dies.
//
// A RobustSemaphore is a handle, and it is the handle that holds permits: those that it has
// acquired and not released. When its process is killed, or it is closed, they are free again. With
// one permit it is a named mutex that no kill can leave locked:
//
//     crex::RobustSemaphore turn{"/turn", crex::o_creat};
//     const std::scoped_lock guard{turn};
//
// The semaphore outlives handle and process, until unlink(). It is crex's own, a file called
// /dev/shm/crex-sem.NAME (lib/LAYOUT.md), and can be shared with whoever uses crex; Semaphore is
// the one for peers that use sem_open(3). System V's SEM_UNDO is the model.
//
// Threads: any number may call it at once, and the permits are the handle's, whichever thread
// acquired them; moving wants it to itself, and so does close(), but for threads that wait. A
// forked child may go on using its copy, and holds none of its parent's permits. Signal handlers
// must not call it: the thread they interrupt may be inside (which is an error, not a deadlock).
//
// Order: a thread that calls while a permit is free gets it, also before those that wait. A waiter
// that was so overtaken, and has waited for more than 1 ms, is handed a permit by the next release:
// it gets one after at most two more turns of others, and such waiters in the order in which they
// came.
//
// What is promised: no permit is lost, and none made, by a kill at any moment; the unfinished call
// of one that is killed may or may not have happened. Those who wait notice a death within 50 ms,
// or 250 ms if the one of them dies as well that looks for the others; whoever comes anew notices
// it at once. A process that is stopped (SIGSTOP) inside a call, which takes some nanoseconds,
// delays the others' untimed calls until it goes on; timed ones keep their deadline, or wait 20 ms
// where that is more. Not covered: what the message queue's robust backend does not cover either
// (see Backend::robust).

namespace crex {

namespace detail::robust {
class RobustSemaphoreCore;
} // namespace detail::robust

/// Who may release.
enum class Release {
    by_holders, ///< a handle that holds a permit; for anybody else, it is PermissionsError
    by_anyone,  ///< who holds none makes a new permit, as with sem_post(3)
};

struct RobustSemaphoreOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got, whatever the umask.
    /// Ignored when the semaphore exists. Using it takes read *and* write permission.
    unsigned mode = 0600;

    /// How many permits there are at first; at most semaphore_value_max(). Unlike a Semaphore, one
    /// unless told otherwise. This and `release` are ignored when the semaphore exists.
    unsigned initial_value = 1;
    Release release = Release::by_holders;

    /// Use a semaphore whatever its owner, see MessageQueueOptions::any_owner.
    bool any_owner = false;

    /// End each wait of this handle within a second, with ExistentialError, once the object's name
    /// has been removed or is another object's (see is_linked()): for a service whose clients would
    /// not find it any more. What can be had without waiting still is. poll(2) is not told.
    bool while_linked = false;

    /// How many handles it can have open at once, in all processes: 1 to robust_handles_max. Each
    /// takes 32 bytes. Ignored when it exists.
    std::size_t max_handles = robust_handles_default;

    /// Whose a new object is, by user and group id, as in chown(2): so that root can make it for a
    /// service. Nothing is this process's own. Ignored when it exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

/// A handle that holds permits.
struct PermitHolder {
    int pid = 0; ///< of its process; 0 in another PID namespace
    unsigned permits = 0;
};

class CREX_EXPORT RobustSemaphore {
public:
    /// Opens or creates the semaphore called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError when its mode or owner forbids; CorruptError when what has its file's name
    /// is no such semaphore; Error (EUSERS) when it has max_handles open already, or ENOSPC, EMFILE
    /// and their like; std::invalid_argument for a bad name, flag, mode or value.
    explicit RobustSemaphore(Name name, int flags = 0, const RobustSemaphoreOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<RobustSemaphore>
    try_open(Name name, int flags = 0, const RobustSemaphoreOptions& options = {});

    RobustSemaphore(RobustSemaphore&&) noexcept;
    RobustSemaphore& operator=(RobustSemaphore&&) noexcept;
    RobustSemaphore(const RobustSemaphore&) = delete;
    RobustSemaphore& operator=(const RobustSemaphore&) = delete;

    /// Closes the handle. Permits that it holds are free then, as if its process had died.
    ~RobustSemaphore();

    /// Waits until there is a permit, then takes it.
    ///
    /// Throws BusyError when `timeout` passes first, SignalError when a signal handler without
    /// SA_RESTART ran during the wait, StoppedError as Timeout says, CorruptError when somebody
    /// running has been inside for 10 s.
    void acquire(Timeout timeout = {});

    /// Takes one if it can without waiting, or in time. Those that wait throw SignalError.
    [[nodiscard]] bool try_acquire();
    [[nodiscard]] bool try_acquire_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_acquire_for(t); });
    }

    /// Whether the permit that this handle acquired last had been left by one who died with it, or
    /// closed its handle, instead of being released: what it guards may be half-changed. With one
    /// permit this is exact while it is held; after a second death while the first is being dealt
    /// with, it may say so once too often.
    [[nodiscard]] bool previous_holder_died() const;

    /// Gives `n` permits back, all or none, and wakes whoever waits for them. Throws
    /// PermissionsError (EPERM) when this handle holds fewer and only holders may release, Error
    /// (EOVERFLOW) when more than semaphore_value_max() would be free.
    void release(unsigned n = 1);

    /// How many permits are free now. It may have changed before you look at the answer.
    [[nodiscard]] unsigned value() const;

    /// How many this handle holds, and all handles that hold any, the dead apart.
    [[nodiscard]] unsigned held() const;
    [[nodiscard]] std::vector<PermitHolder> holders() const;

    /// A descriptor that keeps this handle's permits: for a program that is started now and shall
    /// have them even if this process is killed. They do not come back then before the last process
    /// is gone that has the descriptor or a copy, as with the descriptor of a lock of flock(2).
    /// While this process lives they are still its own to release, which ends this, too, and closes
    /// the descriptor; until then nothing else of this handle is to be called. It is this handle's:
    /// do not close it. Closed on exec, unless you see to it.
    [[nodiscard]] int permit_fd();

    /// As Semaphore::ready_fd(): a thread looks every 50 ms.
    [[nodiscard]] int ready_fd() const;

    /// What std::scoped_lock, std::unique_lock and std::lock want: acquire and release. Unlike
    /// acquire(), these go on waiting after a signal.
    void lock();
    [[nodiscard]] bool try_lock() { return try_acquire(); }
    [[nodiscard]] bool try_lock_for(Timeout timeout);
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> deadline) {
        return detail::attempt_until(deadline, [this](Timeout t) { return try_lock_for(t); });
    }
    void unlock() { release(); }

    /// Which object it is, as inspect_robust_semaphore() says of the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by whatever
    /// means, or is another object's: processes that open it now do not meet this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Lets go of the semaphore. Every later call but name() and unlink() throws ExistentialError,
    /// and so does one in which another thread is waiting now; closing again does nothing. With
    /// permits to give back, it waits up to 1 s for a process that is stopped in a call; the
    /// permits then come back as those of a dead process do.
    void close() noexcept;

    /// Removes the name. Those who have it open go on; a new one may take the name at once.
    ///
    /// Throws ExistentialError when the name is not there, PermissionsError when it is another
    /// user's, BusyError when a process that is removing the semaphore, too, has been stopped in
    /// the middle of that for 10 s.
    void unlink();

private:
    struct Impl;
    explicit RobustSemaphore(std::unique_ptr<Impl> impl) noexcept;
    detail::robust::RobustSemaphoreCore& opened(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the semaphore called `name`, without opening it. Throws what unlink() throws, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_robust_semaphore(std::string_view name);

} // namespace crex
