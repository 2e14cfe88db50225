// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>

// A bounded buffer for one producer and one consumer: a ring of bytes in shared memory, written and
// read in place. In full: crex/ring.hpp, classes Ring, RingProducer and RingConsumer.
//
// The ring and its records outlive the handle and the process, until the ring is unlinked. To put
// records in or take them out, a process takes one of the two roles, which are handles of their
// own. A role is free again when it is closed or freed, and when its process dies.
//
// Threads: any number of threads may use a crex_ring at once, except for close(). A role must be
// used by one thread at a time. Signal handlers must not call them.
//
// Fork: a child may go on using a crex_ring, and take a role that is free. Roles stay with the
// parent: on the child's copy of one, calls fail with EBADF.

#ifdef __cplusplus
extern "C" {
#endif

/// A handle, with the rules at the top of this file.
typedef struct crex_ring crex_ring;

/// The role that puts records in.
typedef struct crex_ring_producer crex_ring_producer;

/// The role that takes records out, oldest first.
typedef struct crex_ring_consumer crex_ring_consumer;

/// The capacity of a new ring by default, in bytes.
#define CREX_RING_CAPACITY_DEFAULT 1048576U

/// How it is created and used. Begin with the initialiser below.
typedef struct crex_ring_options {
    size_t size;        ///< of this struct
    size_t capacity;    ///< of a new ring, in bytes; rounded up to a power of two and to a page
    size_t max_records; ///< of a new ring, at least; 0: one for each 64 bytes
    unsigned mode;      ///< permission bits of a new ring; the umask does not apply
    int sparse;         ///< 1: reserves nothing; a producer dies of SIGBUS when /dev/shm is full
    int any_owner;      ///< 1: accepts a ring of any owner
    int while_linked;   ///< 1: waits end with ENOENT within 1 s once the name is gone
    unsigned spin;      ///< how many looks before a wait yields, then sleeps; CREX_SPIN_FOREVER
    unsigned owner;     ///< user and group id of a new ring, or CREX_OWN_ID
    unsigned group;
    unsigned reserved; ///< 0
} crex_ring_options;

/// The defaults.
#define CREX_RING_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(crex_ring_options), CREX_RING_CAPACITY_DEFAULT, 0, 0600, 0, 0, 0,                   \
            CREX_SPIN_DEFAULT, CREX_OWN_ID, CREX_OWN_ID, 0                                         \
    }

/// Opens or creates the ring, as `flags` says. Fails with ENOENT, EEXIST, EACCES, ENOTRECOVERABLE
/// when the object of that name is no ring, ENOSPC, or EINVAL.
CREX_C_EXPORT int crex_ring_open(crex_ring** ring, const char* name, int flags,
                                 const crex_ring_options* options);

/// Take the role, which keeps the ring open by itself. Fail with EBUSY while a living process has
/// it, also if that is this process.
CREX_C_EXPORT int crex_ring_take_producer(crex_ring* ring, crex_ring_producer** producer);
CREX_C_EXPORT int crex_ring_take_consumer(crex_ring* ring, crex_ring_consumer** consumer);

/// Whether a process has the role now.
CREX_C_EXPORT int crex_ring_has_producer(const crex_ring* ring, bool* has_producer);
CREX_C_EXPORT int crex_ring_has_consumer(const crex_ring* ring, bool* has_consumer);

/// Ends the stream permanently, for every process: a producer's calls fail with ESHUTDOWN, and so
/// do a consumer's once it has consumed what was committed before.
CREX_C_EXPORT int crex_ring_shutdown(crex_ring* ring);

/// Sets `*is_shut_down` to whether the stream was ended.
CREX_C_EXPORT int crex_ring_is_shut_down(const crex_ring* ring, bool* is_shut_down);

/// The values with which the ring was created, as they were rounded.
CREX_C_EXPORT int crex_ring_capacity(const crex_ring* ring, size_t* capacity);
CREX_C_EXPORT int crex_ring_max_records(const crex_ring* ring, size_t* max);

/// Sets `*count` to how many records are in the ring now.
CREX_C_EXPORT int crex_ring_current_records(const crex_ring* ring, size_t* count);

/// Sets `*id` to which object it is.
CREX_C_EXPORT int crex_ring_id(const crex_ring* ring, crex_object_id* id);

/// Sets `*is_linked` to whether the name still leads to this object.
CREX_C_EXPORT int crex_ring_is_linked(const crex_ring* ring, bool* is_linked);

/// Sets `*name` to the name, with its slash. Works on a closed handle, too.
CREX_C_EXPORT int crex_ring_name(const crex_ring* ring, const char** name);

/// Removes the name: of a handle, also a closed one, or without opening the ring. Fails with
/// ENOENT, EACCES or EPERM.
CREX_C_EXPORT int crex_ring_unlink(crex_ring* ring);
CREX_C_EXPORT int crex_unlink_ring(const char* name);

/// Closes the handle. Roles stay usable. Closing again does nothing.
CREX_C_EXPORT int crex_ring_close(crex_ring* ring);

/// Closes the handle and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_ring_free(crex_ring* ring);

/// Appends a copy of a record, and commits what was reserved before. Waits while there is no room.
/// Fails with ETIMEDOUT, EINTR, ESHUTDOWN, ENOTRECOVERABLE, or EINVAL for a record longer than the
/// ring.
CREX_C_EXPORT int crex_ring_producer_send(crex_ring_producer* producer, const void* record,
                                          size_t size, int64_t timeout);

/// Sets `*record` to room for a record of `size` bytes, aligned to 16 bytes, to be written in
/// place. Several may be reserved before one commit. Waits and fails as crex_ring_producer_send()
/// does, and with EDEADLK if only a commit could make the room.
CREX_C_EXPORT int crex_ring_producer_reserve(crex_ring_producer* producer, void** record,
                                             size_t size, int64_t timeout);

/// Shortens the record that was reserved last. Fails with EINVAL when it is not that long.
CREX_C_EXPORT int crex_ring_producer_shrink(crex_ring_producer* producer, size_t size);

/// Passes all reserved records to the consumer: all of them or, if this process is killed before,
/// none. Fails with ESHUTDOWN.
CREX_C_EXPORT int crex_ring_producer_commit(crex_ring_producer* producer);

/// Drops the reserved records.
CREX_C_EXPORT int crex_ring_producer_cancel(crex_ring_producer* producer);

/// Sets `*has_consumer` to whether a process has the other role now.
CREX_C_EXPORT int crex_ring_producer_has_consumer(const crex_ring_producer* producer,
                                                  bool* has_consumer);

/// Sets `*name` to the ring's name. Works on a closed role, too.
CREX_C_EXPORT int crex_ring_producer_name(const crex_ring_producer* producer, const char** name);

/// Gives up the role. Reserved records are dropped.
CREX_C_EXPORT int crex_ring_producer_close(crex_ring_producer* producer);

/// Gives up the role and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_ring_producer_free(crex_ring_producer* producer);

/// Sets `*record` and `*size` to the oldest record, in place, which stays until it is consumed.
/// Waits while there is none. Fails with ETIMEDOUT, EINTR, ENOTRECOVERABLE, or ESHUTDOWN once the
/// ring was shut down and is empty.
CREX_C_EXPORT int crex_ring_consumer_peek(crex_ring_consumer* consumer, const void** record,
                                          size_t* size, int64_t timeout);

/// Fills `records` with up to `room` of the oldest records; waits only for the first. Sets `*count`
/// to how many. Fails as crex_ring_consumer_peek() does.
CREX_C_EXPORT int crex_ring_consumer_peek_many(crex_ring_consumer* consumer, crex_bytes* records,
                                               size_t room, size_t* count, int64_t timeout);

/// Takes the first `count` of the records that the last peek showed out of the ring. Fails with
/// EINVAL when it showed fewer.
CREX_C_EXPORT int crex_ring_consumer_consume(crex_ring_consumer* consumer, size_t count);

/// Takes a copy of the oldest record and sets `*size`. Waits and fails as crex_ring_consumer_peek()
/// does, and with EMSGSIZE when `room` is too small; the record stays then.
CREX_C_EXPORT int crex_ring_consumer_receive(crex_ring_consumer* consumer, void* buffer,
                                             size_t room, size_t* size, int64_t timeout);

/// Sets `*has_producer` to whether a process has the other role now.
CREX_C_EXPORT int crex_ring_consumer_has_producer(const crex_ring_consumer* consumer,
                                                  bool* has_producer);

/// Sets `*name` to the ring's name. Works on a closed role, too.
CREX_C_EXPORT int crex_ring_consumer_name(const crex_ring_consumer* consumer, const char** name);

/// Gives up the role. Records that were not consumed stay in the ring.
CREX_C_EXPORT int crex_ring_consumer_close(crex_ring_consumer* consumer);

/// Gives up the role and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_ring_consumer_free(crex_ring_consumer* consumer);

#ifdef __cplusplus
}
#endif
