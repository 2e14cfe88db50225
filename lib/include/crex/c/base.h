// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What all parts of the C interface share.
//
// Errors: a function returns 0, or an errno value: the code() of the exception that the C++
// function throws. crex_last_error() then returns the exception's sentence.
//
//     EINVAL           std::invalid_argument: an argument that can never be right, such as a bad
//                      name, a null pointer, or a message longer than the queue takes
//     ENOENT, EEXIST   ExistentialError: there is no such object (with while_linked: no more), or
//                      there is one already
//     EBADF            ExistentialError: the handle was closed
//     EACCES, EPERM    PermissionsError
//     ETIMEDOUT        BusyError: the timeout passed, also one of zero
//     EAGAIN, EBUSY    BusyError: what is wanted is not there, or taken
//     EINTR            SignalError: a signal handler without SA_RESTART ran during the wait
//     ENOTRECOVERABLE  CorruptError
//     ESHUTDOWN        ShutdownError
//     ESTALE           LeaseLostError
//     ENOMEM           std::bad_alloc, or the system has no memory
//     EIO              an exception that crex is not known to throw
//     others           Error: a limit of the system (ENOSPC, EMFILE, EUSERS, EOVERFLOW, ...)
//
// A function that fails has done nothing, and has not written to what its arguments point to,
// unless its description says otherwise. No exception leaves a function. No call of crex is a
// cancellation point of pthread_cancel(3). errno is unspecified after a call.
//
// Timeouts are the last argument, in nanoseconds: CREX_NO_TIMEOUT (-1) waits forever,
// CREX_DO_NOT_WAIT (0) not at all. They run on the monotonic clock, and a wait is never cut short.
// Other negative numbers are EINVAL.
//
// Handles: crex_X_open() makes one, crex_X_free() closes and frees it, and does nothing with a null
// pointer. crex_X_close() only closes: calls on the handle then fail with EBADF until it is freed.
// It is for a handle that another thread may still use. The names that crex_X_name() gives belong
// to the handle.
//
// Threads: the rules of each object are in its header. For all of them: no thread may use a handle
// while another thread frees it, or afterwards.
//
// Fork: a child may use its copies of handles as the objects' headers say, and must free each once
// for itself, or leave that to exit.
//
// Options are structs that begin with their own size. Begin with the initialiser, which has the
// defaults, and change members. A null pointer stands for the defaults.
//
//     crex_semaphore_options options = CREX_SEMAPHORE_OPTIONS_INIT;
//     options.initial_value = 1;

#ifdef __cplusplus
extern "C" {
#endif

/// Lets a program call a function of a shared library without the linker's stub, where the compiler
/// can.
#define CREX_C_NOPLT
#ifdef __has_attribute
#if __has_attribute(noplt)
#undef CREX_C_NOPLT
#define CREX_C_NOPLT __attribute__((noplt))
#endif
#endif

/// Marks what libcrex-c exports.
#define CREX_C_EXPORT __attribute__((visibility("default"))) CREX_C_NOPLT

/// How an object is opened, see crex/open_flags.hpp: 0 opens what exists (else ENOENT), CREX_CREAT
/// opens or creates, CREX_CREX creates (EEXIST when the name is taken), CREX_TRUNC drops the
/// content of shared memory. The first, second and fourth are those of <fcntl.h>.
#define CREX_CREAT 0100
#define CREX_EXCL 0200
#define CREX_TRUNC 01000
#define CREX_CREX (CREX_CREAT | CREX_EXCL)

/// With CREX_CREX and a null pointer for the name: crex chooses an unused name, see crex_X_name().
#define CREX_RANDOM_NAME 0x40000000

/// For timeouts: wait forever, and not at all.
#define CREX_NO_TIMEOUT INT64_C(-1)
#define CREX_DO_NOT_WAIT INT64_C(0)

/// For `owner` and `group` of options: that of this process.
#define CREX_OWN_ID 0xFFFFFFFFU

/// For `spin` of options: the default, and to look forever without sleeping (rings only).
#define CREX_SPIN_DEFAULT 60U
#define CREX_SPIN_FOREVER 0xFFFFFFFFU

/// How many handles a robust semaphore or queue can have open at once, by default.
#define CREX_HANDLES_DEFAULT 512U

/// Identifies an object, whatever its name: the device and inode of its file.
typedef struct crex_object_id {
    uint64_t device; ///< of the file system, as in stat(2)
    uint64_t inode;
} crex_object_id;

/// Bytes to send, or to read in place.
typedef struct crex_bytes {
    const void* data; ///< not owned
    size_t size;
} crex_bytes;

/// Returns the sentence of the last error in this thread: `crex_semaphore_acquire("/turn"): timed
/// out`. It names the function, the object and the cause. Empty before the first error. Valid until
/// the next error in this thread; at most 2,047 bytes. A call that succeeds does not change it.
CREX_C_EXPORT const char* crex_last_error(void);

/// Returns the version of the library, as "major.minor.patch".
CREX_C_EXPORT const char* crex_version(void);

#ifdef __cplusplus
}
#endif
