// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include <crex/export.hpp>
#include <crex/sysv/object.hpp>
#include <crex/timeout.hpp>

// Sets of System V counting semaphores, several of which can be changed at once (semop(2)).
//
// A SemaphoreSet is a handle; see object.hpp for its rules. sysv_ipc has no sets; its semaphores
// are sets of one, for which there is Semaphore.
//
// A set with a given key is created in two steps, since semget(2) gives it no values. In between, a
// process that opens it can see it unfinished, and it stays so if its creator is killed at that
// moment. crex follows W. R. Stevens, as sysv_ipc's manual does: a set is finished once it has been
// operated on, which its sem_otime shows; the creator operates on it at once, changing nothing.
// Since sysv_ipc itself does not, a set whose values have all been set counts as finished, too:
// Linux records the process that set them (see last_pid()).
//
// What it does not do: be polled, or be robust in any other way than Operation::undo.

namespace crex::sysv {

/// The highest value a System V semaphore can have (SEMVMX).
inline constexpr unsigned semaphore_value_max = 32767;

/// How a set is created.
struct SemaphoreSetOptions {
    /// Permission bits of a new set, as in chmod(2); the umask does not apply. Ignored when the set
    /// exists.
    unsigned mode = 0600;

    /// The number of semaphores: of an existing set at least, of a new set exactly. Zero is as many
    /// as an existing set has, or as there are initial values.
    std::size_t size = 0;

    /// The values at first; zero for semaphores without a value. Ignored when the set exists.
    std::vector<unsigned> initial_values = {};
};

/// A change to one semaphore of a set (struct sembuf).
struct Operation {
    /// Which semaphore, counted from 0.
    std::size_t number = 0;

    /// Above zero: adds the amount, without waiting. Below zero: waits until the value is at least
    /// the amount, and subtracts it. Zero: waits until the value is zero. At most
    /// semaphore_value_max either way.
    int amount = 0;

    /// Undoes the change when this process ends, in any way (SEM_UNDO). Of several changes the sum
    /// is undone, in so far as the value stays between 0 and semaphore_value_max.
    ///
    /// What is to be undone belongs to the process, with all its threads; exec keeps it. A forked
    /// child has nothing to undo: if it releases, with undo, what its parent acquired, its end
    /// takes the permit away again. Setting a value drops what any process would undo of it.
    bool undo = false;

    /// Does not wait for this operation: if it cannot be done at once, none is done (IPC_NOWAIT).
    bool no_wait = false;
};

/// A handle on a set of System V semaphores, with the rules at the top of this file.
class CREX_EXPORT SemaphoreSet : public Object {
public:
    /// Opens or creates the set that has this key, as `flags` say (see open_flags.hpp).
    ///
    /// If the set is being created, waits for it up to 1 s. If it is still unfinished then (or its
    /// creation was longer ago), o_creat is CorruptError: its creator has died, or has left its
    /// values unset, as ipcmk(1) does. With flags 0 it is opened as it is.
    ///
    /// Throws ExistentialError when the set is missing, or when it exists and O_CREX was given;
    /// PermissionsError unless its mode allows to read and change it; SignalError when a signal
    /// handler ran while the call waited for the creator; Error (ENOSPC) when there are as many
    /// sets as the system allows (the text says how to raise the limit); std::invalid_argument for
    /// a bad flag, mode, size or value, and for a size that is more than an existing set has, or
    /// than the system allows.
    explicit SemaphoreSet(Key key, int flags = 0, const SemaphoreSetOptions& options = {});

    /// Opens the set like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<SemaphoreSet>
    try_open(Key key, int flags = 0, const SemaphoreSetOptions& options = {});

    /// Returns the set that has this id, as it is. Throws ExistentialError when there is none.
    [[nodiscard]] static SemaphoreSet from_id(int id);

    /// Does all of the operations at once, in order, as soon as all of them can be done; until then
    /// waits, and does none.
    ///
    /// Throws BusyError when `timeout` passes first, or an operation with no_wait would have to
    /// wait; StoppedError as Timeout says; SignalError when a signal handler ran during the wait,
    /// whatever its SA_RESTART (signal(7)); ExistentialError when the set is removed; Error
    /// (EOVERFLOW) when a value would exceed semaphore_value_max; std::invalid_argument for no
    /// operations, a number or amount out of range, or more operations than the system allows at
    /// once (semop(2), SEMOPM: 500).
    void operate(std::span<const Operation> operations, Timeout timeout = {});
    void operate(std::initializer_list<Operation> operations, Timeout timeout = {});

    /// Operates like operate(), but returns false where that throws BusyError or StoppedError.
    [[nodiscard]] bool try_operate(std::span<const Operation> operations,
                                   Timeout timeout = do_not_wait);
    [[nodiscard]] bool try_operate(std::initializer_list<Operation> operations,
                                   Timeout timeout = do_not_wait);

    /// Returns the number of semaphores.
    [[nodiscard]] std::size_t size() const;

    /// Return one value now, and all values at one moment. They may have changed before the caller
    /// looks at them.
    [[nodiscard]] unsigned value(std::size_t number) const;
    [[nodiscard]] std::vector<unsigned> values() const;

    /// Set one value, or all at once, whatever they were; waiters that can continue do so. Throw
    /// std::invalid_argument for a value above semaphore_value_max, a number out of range, or
    /// another number of values than the set has semaphores.
    void value(std::size_t number, unsigned value);
    void values(std::span<const unsigned> values);

    /// Returns the process that last operated on this semaphore, on Linux also one that set its
    /// value or whose end undid something; 0 if there is none, or it is in a PID namespace out of
    /// sight.
    [[nodiscard]] int last_pid(std::size_t number) const;

    /// Return how many processes wait until the value of this semaphore is high enough, and until
    /// it is zero.
    [[nodiscard]] unsigned waiting_for_nonzero(std::size_t number) const;
    [[nodiscard]] unsigned waiting_for_zero(std::size_t number) const;

    /// Returns when the set was last operated on: sysv_ipc's o_time. crex operates on a set when it
    /// creates it, so a set of crex always has a value; unlike sysv_ipc, where 0 means that the
    /// creator has not released it yet. No value for a set of another program that was never
    /// operated on.
    [[nodiscard]] Moment last_operation_time() const;

    /// Returns when the set was created, or a value, owner or mode was last set.
    [[nodiscard]] Moment last_change_time() const;

private:
    explicit SemaphoreSet(const detail::KeyAndId& found) : Object{Kind::semaphore_set, found} {}
};

} // namespace crex::sysv
