// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

#include <crex/export.hpp>

// Errors between processes, in posix_ipc's classes.
//
// what() names the call, the object and the cause: `Semaphore::acquire("/turn"): timed out`. code()
// is the system's errno, in std::generic_category().
//
// Arguments that can never be right (a bad name, a zero size, a message longer than the queue
// takes) throw std::invalid_argument. That is not a crex::Error, because it is a mistake in the
// program and not an event at run time. Unlike posix_ipc, this also holds where Python has
// ValueError.

namespace crex {

/// The base of all classes below. It is thrown itself for what has no class of its own: a full file
/// system (ENOSPC), too many open files (EMFILE), a semaphore at its maximum (EOVERFLOW). If it
/// names a limit of the system (a full file system, /dev/shm or /proc not mounted, ...), its text
/// says how to raise the limit, and code() may be one that a subclass has elsewhere (ENOENT,
/// EAGAIN).
class CREX_EXPORT Error : public std::system_error {
public:
    /// Makes an error of an errno value and of the text that what() returns.
    Error(int error_number, const std::string& what)
        : std::system_error{error_number, std::generic_category()}, what_{what} {}

    /// Returns crex's text alone: std::system_error would append its own "Connection timed out".
    [[nodiscard]] const char* what() const noexcept override { return what_.what(); }

private:
    std::runtime_error what_; // a string whose copies cannot throw
};

/// The object is missing, or exists already; or the handle has been closed.
class CREX_EXPORT ExistentialError : public Error {
public:
    using Error::Error;
};

/// The object's mode or owner, or the way this handle was opened, forbids the call.
class CREX_EXPORT PermissionsError : public Error {
public:
    using Error::Error;
};

/// The timeout passed, or the call must not wait and would have had to.
class CREX_EXPORT BusyError : public Error {
public:
    using Error::Error;
};

/// The stop token ended the wait (ECANCELED). The call did nothing. Unlike posix_ipc, which has
/// none.
class CREX_EXPORT StoppedError : public Error {
public:
    using Error::Error;
};

/// A signal handler that was installed without SA_RESTART ran during the wait. The call did
/// nothing; the caller can repeat it, or give up.
///
/// Each such signal ends a wait, even on a busy machine. A handler that runs just before the call
/// begins to wait does not end it, as with any system call; a program that must not miss a signal
/// can block it until it waits in ppoll(2) for ready_fd(). Before Linux 5.16, a wait on a robust
/// object may miss a signal, at the moment (every 50 ms) when it checks whether a process has died,
/// and any handler ends it; any handler ends a timed wait on a Semaphore, too.
class CREX_EXPORT SignalError : public Error {
public:
    using Error::Error;
};

/// The object's bytes make no sense, or the holder of its lock died in the middle of a change.
/// Unlike posix_ipc, which has no such class: there, such an object crashes or hangs its users.
class CREX_EXPORT CorruptError : public Error {
public:
    using Error::Error;
};

/// The queue or ring was shut down (ESHUTDOWN): it takes no more messages, and has none left.
/// Unlike posix_ipc, whose queues cannot be shut down.
class CREX_EXPORT ShutdownError : public Error {
public:
    using Error::Error;
};

/// A loan or lease is no longer this process's (ESTALE): it was taken before a fork, or its process
/// was taken for dead, or the queue was repaired, or the connection to the server was lost, which
/// ends permits of a semaphore, too. Unlike posix_ipc, which has no leases.
class CREX_EXPORT LeaseLostError : public Error {
public:
    using Error::Error;
};

/// The server (see server.hpp) could not be reached, or did not answer, until the timeout passed;
/// or it refuses to serve this process. code() is ECONNREFUSED, ECONNRESET or ETIMEDOUT. Unlike
/// posix_ipc, whose objects are on one machine.
class CREX_EXPORT ConnectionError : public Error {
public:
    /// `may_have_happened`: whether the call may have had an effect.
    ConnectionError(int error_number, const std::string& what, bool may_have_happened = false)
        : Error{error_number, what}, may_have_happened_{may_have_happened} {}

    /// False: the call has had no effect. True: the server may have done what the call asked for.
    [[nodiscard]] bool may_have_happened() const noexcept { return may_have_happened_; }

private:
    bool may_have_happened_;
};

} // namespace crex
