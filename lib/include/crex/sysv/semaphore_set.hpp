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
// A set of a given key is made in two steps, since semget(2) gives it no values. So it can be seen
// unfinished, by whoever opens it just then, and stay so, if its maker is killed just then. crex
// follows W. R. Stevens, as sysv_ipc's manual does: a set is finished when somebody has operated on
// it, which its sem_otime tells; its maker operates on it at once, changing nothing. Since sysv_ipc
// itself does not, a set whose values have all been set counts as finished, too: Linux notes who
// did (see last_pid()).
//
// What it does not do: be polled, or be robust in any other way than Operation::undo.

namespace crex::sysv {

/// The highest value a System V semaphore can have (SEMVMX).
inline constexpr unsigned semaphore_value_max = 32767;

struct SemaphoreSetOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got: no umask applies. Ignored
    /// when the set exists.
    unsigned mode = 0600;

    /// How many semaphores, at least, when it exists; exactly, when it is made. Zero is as many as
    /// there are, or as there are initial values.
    std::size_t size = 0;

    /// What they count from; those without a value from zero. Ignored when the set exists.
    std::vector<unsigned> initial_values = {};
};

/// A change to one semaphore of a set (struct sembuf).
struct Operation {
    /// Which semaphore, from 0.
    std::size_t number = 0;

    /// Above zero: adds so much, without waiting. Below: waits until the value is at least so much,
    /// and takes it away. Zero: waits for the value to be zero. At most semaphore_value_max either
    /// way.
    int amount = 0;

    /// Take the change back when this process ends, however it ends (SEM_UNDO). Of several changes
    /// the sum is taken back, in so far as the value stays between 0 and semaphore_value_max.
    ///
    /// What is taken back is this process's, for all its threads; exec keeps it. A forked child has
    /// nothing to take back, so if it releases what its parent acquired, its end takes the permit
    /// away again. Setting a value forgets what all processes would have taken back of it.
    bool undo = false;

    /// Do not wait for this one: if it cannot be done at once, none is (IPC_NOWAIT).
    bool no_wait = false;
};

class CREX_EXPORT SemaphoreSet : public Object {
public:
    /// Opens or creates the set that has this key, as `flags` say (see open_flags.hpp).
    ///
    /// A set in the making is waited for, for up to a second. If it is still unfinished then (or
    /// its making was longer ago), o_creat is CorruptError: its maker has died, or left its values
    /// alone, as ipcmk(1) does. With flags 0 it is opened as it is.
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError unless it lets us read and change it; SignalError when a signal handler ran
    /// while it waited for the maker; Error (ENOSPC) when there are as many as the system allows,
    /// saying how to raise the limit; std::invalid_argument for a bad flag, mode, size or value,
    /// and for a size that is more than an existing set has, or than the system allows.
    explicit SemaphoreSet(Key key, int flags = 0, const SemaphoreSetOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<SemaphoreSet>
    try_open(Key key, int flags = 0, const SemaphoreSetOptions& options = {});

    /// The set that has this id, as it is. Throws ExistentialError when there is none.
    [[nodiscard]] static SemaphoreSet from_id(int id);

    /// Does all of the operations at once, in order, when all of them can be done; until then
    /// waits, and does none.
    ///
    /// Throws BusyError when `timeout` passes first, or an operation that must not wait would have
    /// to; SignalError when a signal handler ran during the wait, whatever its SA_RESTART
    /// (signal(7)); ExistentialError when the set is removed; Error (EOVERFLOW) when a value would
    /// exceed semaphore_value_max; std::invalid_argument for no operations, a number or amount out
    /// of range, or more operations than the system allows at once (semop(2), SEMOPM: 500).
    void operate(std::span<const Operation> operations, Timeout timeout = {});
    void operate(std::initializer_list<Operation> operations, Timeout timeout = {});

    /// The same, answering false where operate() throws BusyError.
    [[nodiscard]] bool try_operate(std::span<const Operation> operations,
                                   Timeout timeout = do_not_wait);
    [[nodiscard]] bool try_operate(std::initializer_list<Operation> operations,
                                   Timeout timeout = do_not_wait);

    /// How many semaphores it has.
    [[nodiscard]] std::size_t size() const;

    /// A value now, and all of them at one moment. They may have changed before you look.
    [[nodiscard]] unsigned value(std::size_t number) const;
    [[nodiscard]] std::vector<unsigned> values() const;

    /// Sets a value, or all of them at once, whatever they were; waiters go on if they now can.
    /// Throws std::invalid_argument for a value that cannot be, or another number of values than it
    /// has semaphores.
    void value(std::size_t number, unsigned value);
    void values(std::span<const unsigned> values);

    /// The process that last operated on this semaphore or, on Linux, set its value, or whose end
    /// took something back; 0 for nobody, or somebody in a PID namespace out of sight.
    [[nodiscard]] int last_pid(std::size_t number) const;

    /// How many processes wait for this semaphore to be high enough, and to be zero.
    [[nodiscard]] unsigned waiting_for_nonzero(std::size_t number) const;
    [[nodiscard]] unsigned waiting_for_zero(std::size_t number) const;

    /// When the set was last operated on: sysv_ipc's o_time. Making a set is an operation here, so
    /// a set that crex made always has one; unlike sysv_ipc, where 0 means that its maker has not
    /// released it yet. Nothing for a set of another program that nobody has operated on.
    [[nodiscard]] Moment last_operation_time() const;

    /// When it was made, or a value, owner or mode was last set.
    [[nodiscard]] Moment last_change_time() const;

private:
    explicit SemaphoreSet(const detail::KeyAndId& found) : Object{Kind::semaphore_set, found} {}
};

} // namespace crex::sysv
