// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>

// Named counting semaphores: POSIX ones, shared with programs that use sem_open(3). In full:
// crex/semaphore.hpp, class Semaphore.
//
// The semaphore outlives the handle and the process, until it is unlinked. It does not give back
// the permits of a process that dies; crex_robust_semaphore does.
//
// Threads: any number of threads may use one handle at once. No thread may use it while another one
// closes it.
//
// Fork: a child may go on using its copy of a handle, but must call crex_semaphore_ready_fd()
// again.

#ifdef __cplusplus
extern "C" {
#endif

/// A handle, with the rules at the top of this file.
typedef struct crex_semaphore crex_semaphore;

/// How it is created and used. Begin with the initialiser below.
typedef struct crex_semaphore_options {
    size_t size;            ///< of this struct
    unsigned mode;          ///< permission bits of a new semaphore; the umask does not apply
    unsigned initial_value; ///< of a new semaphore
    unsigned owner;         ///< user and group id of a new semaphore, or CREX_OWN_ID
    unsigned group;
} crex_semaphore_options;

/// The defaults.
#define CREX_SEMAPHORE_OPTIONS_INIT                                                                \
    { sizeof(crex_semaphore_options), 0600, 0, CREX_OWN_ID, CREX_OWN_ID }

/// Opens or creates the semaphore, as `flags` says. Fails with ENOENT, EEXIST, EACCES,
/// ENOTRECOVERABLE when the file of that name cannot be a semaphore, or EINVAL.
CREX_C_EXPORT int crex_semaphore_open(crex_semaphore** semaphore, const char* name, int flags,
                                      const crex_semaphore_options* options);

/// Waits until the value is above zero, then takes one. Fails with ETIMEDOUT or EINTR.
CREX_C_EXPORT int crex_semaphore_acquire(crex_semaphore* semaphore, int64_t timeout);

/// Acquires, and goes on waiting after a signal.
CREX_C_EXPORT int crex_semaphore_lock(crex_semaphore* semaphore, int64_t timeout);

/// Adds `n`, and wakes waiters. Any thread may release. Fails with EOVERFLOW at the maximum; if
/// other threads release at the same moment, a part of `n` may have been added then.
CREX_C_EXPORT int crex_semaphore_release(crex_semaphore* semaphore, unsigned n);

/// Sets `*value` to the value now.
CREX_C_EXPORT int crex_semaphore_value(const crex_semaphore* semaphore, unsigned* value);

/// Sets `*fd` to a descriptor for poll(2), readable while the value is above zero. A thread of this
/// process looks every 50 ms. The descriptor belongs to the handle.
CREX_C_EXPORT int crex_semaphore_ready_fd(const crex_semaphore* semaphore, int* fd);

/// Sets `*id` to which object it is.
CREX_C_EXPORT int crex_semaphore_id(const crex_semaphore* semaphore, crex_object_id* id);

/// Sets `*is_linked` to whether the name still leads to this object.
CREX_C_EXPORT int crex_semaphore_is_linked(const crex_semaphore* semaphore, bool* is_linked);

/// Sets `*name` to the name, with its slash. Works on a closed handle, too.
CREX_C_EXPORT int crex_semaphore_name(const crex_semaphore* semaphore, const char** name);

/// Removes the name: of a handle, also a closed one, or without opening the semaphore. Fails with
/// ENOENT, EACCES or EPERM.
CREX_C_EXPORT int crex_semaphore_unlink(crex_semaphore* semaphore);
CREX_C_EXPORT int crex_unlink_semaphore(const char* name);

/// Closes the handle, which gives back no permit. Closing again does nothing.
CREX_C_EXPORT int crex_semaphore_close(crex_semaphore* semaphore);

/// Closes the handle and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_semaphore_free(crex_semaphore* semaphore);

#ifdef __cplusplus
}
#endif
