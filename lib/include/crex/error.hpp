// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

#include <crex/export.hpp>

// What goes wrong between processes, in posix_ipc's classes.
//
// what() names the call, the object and the cause: `Semaphore::acquire("/turn"): timed out`.
// code() is the system's errno, in std::generic_category().
//
// Arguments that can never be right (a bad name, a zero size, a message longer than the queue
// takes) are std::invalid_argument, which is not a crex::Error: it is a mistake in the program,
// not something that happened to it. Unlike posix_ipc, that is so too where Python has ValueError.

namespace crex {

/// Base of all that follows, and itself thrown for what has no class of its own: a full file
/// system (ENOSPC), too many open files (EMFILE), a semaphore at its maximum (EOVERFLOW).
/// Where it names a limit of the system (a full file system, /dev/shm or /proc not mounted, ...)
/// its text says how to raise it, and code() may be one that a subclass has elsewhere (ENOENT,
/// EAGAIN).
class CREX_EXPORT Error : public std::system_error {
public:
    Error(int error_number, const std::string& what)
        : std::system_error{error_number, std::generic_category()}, what_{what} {}

    /// Ours alone: std::system_error would append its own "Connection timed out".
    [[nodiscard]] const char* what() const noexcept override { return what_.what(); }

private:
    std::runtime_error what_; // a string whose copies cannot throw
};

/// The object is not there, or already is; or the handle has been closed.
class CREX_EXPORT ExistentialError : public Error {
public:
    using Error::Error;
};

/// The object's mode, or the way this handle was opened, forbids it.
class CREX_EXPORT PermissionsError : public Error {
public:
    using Error::Error;
};

/// The timeout passed, or the call would have had to wait and was told not to.
class CREX_EXPORT BusyError : public Error {
public:
    using Error::Error;
};

/// The wait was ended by its stop token (ECANCELED). The call did nothing. Unlike posix_ipc, which
/// has none.
class CREX_EXPORT StoppedError : public Error {
public:
    using Error::Error;
};

/// A signal handler that was installed without SA_RESTART ran during the wait. The call did
/// nothing; repeat it, or leave.
///
/// Each such signal ends a wait, however busy the machine is. A handler that runs just before the
/// call begins to wait does not, as with any call of the system: ppoll(2) for ready_fd() is for
/// programs that hold signals back until then. Before Linux 5.16, a signal may be missed at the
/// moment, every 50 ms, in which a robust object's wait looks whether a process has died, and any
/// handler ends a timed wait.
class CREX_EXPORT SignalError : public Error {
public:
    using Error::Error;
};

/// The object's bytes make no sense, or whoever held its lock died in the middle of a change.
/// Unlike posix_ipc, which has no such class: there, such an object crashes or hangs its users.
class CREX_EXPORT CorruptError : public Error {
public:
    using Error::Error;
};

/// The queue was shut down (ESHUTDOWN): it takes no messages any more, and has none left.
/// Unlike posix_ipc, whose queues cannot be shut down.
class CREX_EXPORT ShutdownError : public Error {
public:
    using Error::Error;
};

/// A loan or lease is no longer this process's (ESTALE): it was made before a fork, or its process
/// was taken for dead, or the queue was repaired. Unlike posix_ipc, which has no leases.
class CREX_EXPORT LeaseLostError : public Error {
public:
    using Error::Error;
};

} // namespace crex
