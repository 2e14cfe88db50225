// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>

// Named memory shared between processes: POSIX shared memory, which programs that use shm_open(3)
// open by the same name. In full: crex/shared_memory.hpp, classes SharedMemory and Mapping.
//
// A crex_shared_memory is a handle on an open object; a crex_mapping makes its bytes visible. A
// mapping outlives the handle from which it came, and the object outlives both, until it is
// unlinked. Nothing here orders or guards accesses.
//
// Threads: calls that do not close may run at once.
//
// Fork: a child has its own copies of handles and mappings, which lead to the same bytes.

#ifdef __cplusplus
extern "C" {
#endif

/// A handle, with the rules at the top of this file.
typedef struct crex_shared_memory crex_shared_memory;

/// Bytes of shared memory in this process's address space.
typedef struct crex_mapping crex_mapping;

/// How it is created and used. Begin with the initialiser below.
typedef struct crex_shared_memory_options {
    size_t size;        ///< of this struct
    size_t memory_size; ///< in bytes; 0 keeps the size, other numbers set it, of any object
    unsigned mode;      ///< permission bits of new memory; the umask does not apply
    int read_only;      ///< 1: opens for reading only
    int sparse;         ///< 1: reserves nothing; a touch of a page is SIGBUS when /dev/shm is full
    unsigned owner;     ///< user and group id of new memory, or CREX_OWN_ID
    unsigned group;
    unsigned reserved; ///< 0
} crex_shared_memory_options;

/// The defaults.
#define CREX_SHARED_MEMORY_OPTIONS_INIT                                                            \
    { sizeof(crex_shared_memory_options), 0, 0600, 0, 0, CREX_OWN_ID, CREX_OWN_ID, 0 }

/// Which part is mapped, and how. Begin with the initialiser below.
typedef struct crex_map_options {
    size_t size;   ///< of this struct
    size_t offset; ///< where the mapping begins, in bytes; need not be page-aligned
    size_t length; ///< in bytes; 0 means up to the end
    int read_only; ///< 1: maps for reading only; implied by a read-only handle
    int populate;  ///< 1: sets up the page tables now
} crex_map_options;

/// The defaults.
#define CREX_MAP_OPTIONS_INIT                                                                      \
    { sizeof(crex_map_options), 0, 0, 0, 0 }

/// Opens or creates the memory, as `flags` says. Fails with ENOENT, EEXIST, EACCES, ENOSPC,
/// ENOTRECOVERABLE when the name belongs to something that is no memory, or EINVAL.
CREX_C_EXPORT int crex_shared_memory_open(crex_shared_memory** memory, const char* name, int flags,
                                          const crex_shared_memory_options* options);

/// Maps the object, or the part that `options` say. Fails with EINVAL for a part that is empty or
/// not wholly inside.
CREX_C_EXPORT int crex_shared_memory_map(const crex_shared_memory* memory, crex_mapping** mapping,
                                         const crex_map_options* options);

/// Sets `*fd` to the descriptor, for mmap(2), fstat(2) and similar calls; to -1 once closed. It
/// belongs to the handle.
CREX_C_EXPORT int crex_shared_memory_fd(const crex_shared_memory* memory, int* fd);

/// Sets `*size` to the size now, in bytes.
CREX_C_EXPORT int crex_shared_memory_size(const crex_shared_memory* memory, size_t* size);

/// Sets `*id` to which object it is.
CREX_C_EXPORT int crex_shared_memory_id(const crex_shared_memory* memory, crex_object_id* id);

/// Sets `*is_linked` to whether the name still leads to this object.
CREX_C_EXPORT int crex_shared_memory_is_linked(const crex_shared_memory* memory, bool* is_linked);

/// Sets `*name` to the name, with its slash. Works on a closed handle, too.
CREX_C_EXPORT int crex_shared_memory_name(const crex_shared_memory* memory, const char** name);

/// Gives the descriptor to the caller, which must close it; `*fd` is -1 when the handle was closed
/// before. The handle is then closed.
CREX_C_EXPORT int crex_shared_memory_release_fd(crex_shared_memory* memory, int* fd);

/// Removes the name: of a handle, also a closed one, or without opening the memory. Fails with
/// ENOENT, EACCES or EPERM.
CREX_C_EXPORT int crex_shared_memory_unlink(crex_shared_memory* memory);
CREX_C_EXPORT int crex_unlink_shared_memory(const char* name);

/// Closes the descriptor; mappings stay. Closing again does nothing.
CREX_C_EXPORT int crex_shared_memory_close(crex_shared_memory* memory);

/// Closes the handle and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_shared_memory_free(crex_shared_memory* memory);

/// Sets `*bytes` and `*size` to the mapped bytes. Fails with EACCES on a read-only mapping.
CREX_C_EXPORT int crex_mapping_bytes(crex_mapping* mapping, void** bytes, size_t* size);

/// Sets `*bytes` and `*size` to the mapped bytes, to read.
CREX_C_EXPORT int crex_mapping_read_bytes(const crex_mapping* mapping, const void** bytes,
                                          size_t* size);

/// Unmaps the bytes.
CREX_C_EXPORT void crex_mapping_free(crex_mapping* mapping);

#ifdef __cplusplus
}
#endif
