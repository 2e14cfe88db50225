// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>

// Named counting semaphores whose permits come back when their holder dies. In full:
// crex/robust_semaphore.hpp, class RobustSemaphore.
//
// It is the handle that holds permits: those that it has acquired and not released, in whichever
// thread. When its process is killed, or the handle is closed or freed, they are free again. With
// one permit, the default, the semaphore is a named mutex that no kill can leave locked.
//
// Threads: any number of threads may use one handle at once. close() may run while other threads
// wait; their calls then fail with EBADF. Signal handlers must not call it (EDEADLK).
//
// Fork: a child may go on using its copy of a handle. It holds none of its parent's permits, takes
// one of max_handles at its first call (EUSERS if none is left), and must call ready_fd() again.

#ifdef __cplusplus
extern "C" {
#endif

/// A handle, with the rules at the top of this file.
typedef struct crex_robust_semaphore crex_robust_semaphore;

/// For `release` of options: which handles may release.
#define CREX_RELEASE_BY_HOLDERS 0 ///< those that hold a permit; others get EPERM
#define CREX_RELEASE_BY_ANYONE 1  ///< any

/// How it is created and used. Begin with the initialiser below.
typedef struct crex_robust_semaphore_options {
    size_t size;            ///< of this struct
    size_t max_handles;     ///< of a new semaphore, in all processes together: 1 to 4096
    unsigned mode;          ///< permission bits of a new semaphore; the umask does not apply
    unsigned initial_value; ///< how many permits a new semaphore has
    int release;            ///< of a new semaphore: CREX_RELEASE_...
    int any_owner;          ///< 1: accepts a semaphore of any owner
    int while_linked;       ///< 1: waits end with ENOENT within 1 s once the name is gone
    unsigned owner;         ///< user and group id of a new semaphore, or CREX_OWN_ID
    unsigned group;
    unsigned reserved; ///< 0
} crex_robust_semaphore_options;

/// The defaults.
#define CREX_ROBUST_SEMAPHORE_OPTIONS_INIT                                                         \
    {                                                                                              \
        sizeof(crex_robust_semaphore_options), CREX_HANDLES_DEFAULT, 0600, 1,                      \
            CREX_RELEASE_BY_HOLDERS, 0, 0, CREX_OWN_ID, CREX_OWN_ID, 0                             \
    }

/// A handle that holds permits.
typedef struct crex_permit_holder {
    int pid; ///< of its process; 0 if that is in another PID namespace
    unsigned permits;
} crex_permit_holder;

/// Opens or creates the semaphore, as `flags` says. Fails with ENOENT, EEXIST, EACCES,
/// ENOTRECOVERABLE when the file of that name is no such semaphore, EUSERS when max_handles is
/// reached, or EINVAL.
CREX_C_EXPORT int crex_robust_semaphore_open(crex_robust_semaphore** semaphore, const char* name,
                                             int flags,
                                             const crex_robust_semaphore_options* options);

/// Waits until there is a permit, then takes it. Fails with ETIMEDOUT or EINTR.
CREX_C_EXPORT int crex_robust_semaphore_acquire(crex_robust_semaphore* semaphore, int64_t timeout);

/// Acquires, and goes on waiting after a signal.
CREX_C_EXPORT int crex_robust_semaphore_lock(crex_robust_semaphore* semaphore, int64_t timeout);

/// Gives `n` permits back, all or none. Fails with EPERM when this handle holds fewer and only
/// holders may release; with EOVERFLOW when too many permits would be free.
CREX_C_EXPORT int crex_robust_semaphore_release(crex_robust_semaphore* semaphore, unsigned n);

/// Sets `*died` to whether the permit that this handle acquired last was left by a holder that died
/// or closed its handle: what the permit guards may be half-changed.
CREX_C_EXPORT int crex_robust_semaphore_previous_holder_died(const crex_robust_semaphore* semaphore,
                                                             bool* died);

/// Set `*value` to how many permits are free now, `*held` to how many this handle holds.
CREX_C_EXPORT int crex_robust_semaphore_value(const crex_robust_semaphore* semaphore,
                                              unsigned* value);
CREX_C_EXPORT int crex_robust_semaphore_held(const crex_robust_semaphore* semaphore,
                                             unsigned* held);

/// Sets `*count` to how many living handles hold permits, and writes the first `room` of them to
/// `holders`.
CREX_C_EXPORT int crex_robust_semaphore_holders(const crex_robust_semaphore* semaphore,
                                                crex_permit_holder* holders, size_t room,
                                                size_t* count);

/// Sets `*fd` to a descriptor that keeps this handle's permits, also in a program that inherits it,
/// until each process that has it is gone or this handle releases. Until then, the caller must call
/// no other function of this handle. It belongs to the handle, and is closed on exec.
CREX_C_EXPORT int crex_robust_semaphore_permit_fd(crex_robust_semaphore* semaphore, int* fd);

/// Sets `*fd` to a descriptor for poll(2), as crex_semaphore_ready_fd() does.
CREX_C_EXPORT int crex_robust_semaphore_ready_fd(const crex_robust_semaphore* semaphore, int* fd);

/// Sets `*id` to which object it is.
CREX_C_EXPORT int crex_robust_semaphore_id(const crex_robust_semaphore* semaphore,
                                           crex_object_id* id);

/// Sets `*is_linked` to whether the name still leads to this object.
CREX_C_EXPORT int crex_robust_semaphore_is_linked(const crex_robust_semaphore* semaphore,
                                                  bool* is_linked);

/// Sets `*name` to the name, with its slash. Works on a closed handle, too.
CREX_C_EXPORT int crex_robust_semaphore_name(const crex_robust_semaphore* semaphore,
                                             const char** name);

/// Removes the name: of a handle, also a closed one, or without opening the semaphore. Fails with
/// ENOENT, EACCES or EPERM.
CREX_C_EXPORT int crex_robust_semaphore_unlink(crex_robust_semaphore* semaphore);
CREX_C_EXPORT int crex_unlink_robust_semaphore(const char* name);

/// Closes the handle. Its permits become free. Closing again does nothing.
CREX_C_EXPORT int crex_robust_semaphore_close(crex_robust_semaphore* semaphore);

/// Closes the handle and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_robust_semaphore_free(crex_robust_semaphore* semaphore);

#ifdef __cplusplus
}
#endif
