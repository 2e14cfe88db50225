// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>
#include <crex/c/lease.h>
#include <crex/c/loan.h>

// Named message queues between processes. The message of the highest priority comes first, and
// within one priority the oldest. In full: crex/message_queue.hpp, class MessageQueue.
//
// The queue and its messages outlive the handle and the process, until the queue is unlinked.
//
// Threads: any number of threads may send and receive on one handle at once. On the robust backend,
// close() may run while other threads wait; their calls then fail with EBADF. Signal handlers must
// not call it (EDEADLK on the robust backend).
//
// Fork: a child may go on using its copy of a handle, but not its parent's loans and leases. On the
// robust backend the copy takes one of max_handles at its first call (EUSERS if none is left). On
// the boost backend it must call ready_fd() again.

#ifdef __cplusplus
extern "C" {
#endif

/// A handle, with the rules at the top of this file.
typedef struct crex_message_queue crex_message_queue;

/// What a queue is made of.
#define CREX_BACKEND_ROBUST 0 ///< crex's own, which survives any kill
#define CREX_BACKEND_POSIX 1  ///< the kernel's, shared with programs that use mq_open(3)
#define CREX_BACKEND_BOOST 2  ///< that of boost::interprocess::message_queue

/// For `lifetime` of options.
#define CREX_LIFETIME_PERSISTENT 0   ///< the name is removed by unlinking only
#define CREX_LIFETIME_UNTIL_UNUSED 1 ///< and when the last handle is closed, or its process dies

/// The sizes of a new queue by default.
#define CREX_MESSAGES_DEFAULT 10U
#define CREX_MESSAGE_SIZE_DEFAULT 8192U

/// The highest priority of a message, on every backend.
#define CREX_PRIORITY_MAX 32767U

/// How it is created and used. Begin with the initialiser below.
typedef struct crex_message_queue_options {
    size_t size;             ///< of this struct
    size_t max_messages;     ///< how many messages a new queue holds
    size_t max_message_size; ///< how many bytes each may have
    unsigned mode;           ///< permission bits of a new queue; the umask does not apply
    int backend;             ///< CREX_BACKEND_...
    int read;                ///< what this handle may do: 0 or 1, not both 0
    int write;
    unsigned owner; ///< user and group id of a new queue, or CREX_OWN_ID
    unsigned group;

    // The others are for the robust backend; another one accepts the defaults only.
    int lifetime; ///< CREX_LIFETIME_...
    unsigned
        max_attempts; ///< how many failed deliveries until a message is a dead letter: 0 to 255
    const char* dead_letter; ///< the queue for dead letters, or null; goes with max_attempts
    size_t max_handles;      ///< of a new queue, in all processes together: 1 to 4096
    int sparse;              ///< 1: reserves nothing; sending is SIGBUS when /dev/shm is full
    int any_owner;           ///< 1: accepts a queue of any owner
    int while_linked;        ///< 1: waits end with ENOENT within 1 s once the name is gone
    unsigned spin;           ///< how many looks before a wait yields, then sleeps
} crex_message_queue_options;

/// The defaults.
#define CREX_MESSAGE_QUEUE_OPTIONS_INIT                                                            \
    {                                                                                              \
        sizeof(crex_message_queue_options), CREX_MESSAGES_DEFAULT, CREX_MESSAGE_SIZE_DEFAULT,      \
            0600, CREX_BACKEND_ROBUST, 1, 1, CREX_OWN_ID, CREX_OWN_ID, CREX_LIFETIME_PERSISTENT,   \
            0, NULL, CREX_HANDLES_DEFAULT, 0, 0, 0, CREX_SPIN_DEFAULT                              \
    }

/// Counters of a robust queue.
typedef struct crex_message_queue_stats {
    size_t size;            ///< of this struct, to be set by the caller
    size_t quarantined;     ///< slots out of use, whose content makes no sense
    size_t participants;    ///< handles open now
    size_t reserved;        ///< 0
    uint64_t sent;          ///< messages, since the queue was created
    uint64_t received;      ///< messages taken, or acknowledged
    uint64_t redelivered;   ///< given back, or left behind by a dead consumer
    uint64_t dead_lettered; ///< moved to the dead-letter queue
    uint64_t recoveries;    ///< how often it was recovered, after a death or damage
} crex_message_queue_stats;

/// To begin with.
#define CREX_MESSAGE_QUEUE_STATS_INIT                                                              \
    { sizeof(crex_message_queue_stats), 0, 0, 0, 0, 0, 0, 0, 0 }

/// What crex_message_queue_receive_many() has received.
typedef struct crex_received_message {
    size_t size;       ///< in bytes
    unsigned priority; ///< the highest comes first
    unsigned reserved; ///< 0
} crex_received_message;

/// Opens or creates the queue, as `flags` says. Fails with ENOENT, EEXIST, EACCES, ENOTRECOVERABLE
/// when the object of that name is no such queue, EUSERS when max_handles is reached, ENOSPC, or
/// EINVAL.
CREX_C_EXPORT int crex_message_queue_open(crex_message_queue** queue, const char* name, int flags,
                                          const crex_message_queue_options* options);

/// Appends a message of `size` bytes, which may be 0. Waits while the queue is full. Fails with
/// ETIMEDOUT, EINTR, EACCES on a handle with write = 0, ESHUTDOWN, ENOTRECOVERABLE, or EINVAL for a
/// message that is too long or a priority above CREX_PRIORITY_MAX.
CREX_C_EXPORT int crex_message_queue_send(crex_message_queue* queue, const void* body, size_t size,
                                          unsigned priority, int64_t timeout);

/// Takes the oldest message of the highest priority. Waits while the queue is empty. `buffer` must
/// have `room` for the queue's largest message, else EINVAL. Sets `*size`, and `*priority` unless
/// that is a null pointer. Fails with ETIMEDOUT, EINTR, EACCES on a handle with read = 0,
/// ENOTRECOVERABLE, or ESHUTDOWN once the queue was shut down and is empty.
CREX_C_EXPORT int crex_message_queue_receive(crex_message_queue* queue, void* buffer, size_t room,
                                             size_t* size, unsigned* priority, int64_t timeout);

/// Appends `count` messages of one priority, as many at a time as there is room for. Sets `*sent`
/// to how many were sent, counted from the front: fewer than all if the timeout passed, or if an
/// error occurred after the first. Fails as crex_message_queue_send() does, but only if nothing was
/// sent.
CREX_C_EXPORT int crex_message_queue_send_many(crex_message_queue* queue, const crex_bytes* bodies,
                                               size_t count, size_t* sent, unsigned priority,
                                               int64_t timeout);

/// Takes up to `count` messages that are there and fit; waits only for the first. Writes the bodies
/// one after the other to `buffer`, sizes and priorities to `received`, and sets `*taken` to how
/// many. Fails as crex_message_queue_receive() does, but only if nothing was taken.
CREX_C_EXPORT int crex_message_queue_receive_many(crex_message_queue* queue, void* buffer,
                                                  size_t room, crex_received_message* received,
                                                  size_t count, size_t* taken, int64_t timeout);

// The functions from here to repair() are for the robust backend; on another one they fail with
// ENOTSUP.

/// Sets `*loan` to room for a message of `size` bytes, to be written in place. Waits while the
/// queue is full. Fails as crex_message_queue_send() does.
CREX_C_EXPORT int crex_message_queue_loan(crex_message_queue* queue, crex_loan** loan, size_t size,
                                          int64_t timeout);

/// Sets `*lease` to the next message, to be read in place and then acknowledged. Waits while the
/// queue is empty. Fails as crex_message_queue_receive() does.
CREX_C_EXPORT int crex_message_queue_lease(crex_message_queue* queue, crex_lease** lease,
                                           int64_t timeout);

/// Copies the first message, which stays in the queue. `buffer`, `room`, `size` and `priority` are
/// those of crex_message_queue_receive(). Fails with EAGAIN when the queue is empty.
CREX_C_EXPORT int crex_message_queue_peek(const crex_message_queue* queue, void* buffer,
                                          size_t room, size_t* size, unsigned* priority);

/// Fills in the counters. `stats->size` must be set, see CREX_MESSAGE_QUEUE_STATS_INIT.
CREX_C_EXPORT int crex_message_queue_get_stats(const crex_message_queue* queue,
                                               crex_message_queue_stats* stats);

/// Shuts the queue down permanently, for every process: sending fails with ESHUTDOWN, and so does
/// receiving once the queue is empty.
CREX_C_EXPORT int crex_message_queue_shutdown(crex_message_queue* queue);

/// Sets `*is_shut_down` to whether the queue was shut down.
CREX_C_EXPORT int crex_message_queue_is_shut_down(const crex_message_queue* queue,
                                                  bool* is_shut_down);

/// Makes a queue that gives ENOTRECOVERABLE usable again, with every message that can be saved.
CREX_C_EXPORT int crex_message_queue_repair(crex_message_queue* queue);

/// Get and set whether calls of this handle wait; true at first. While false, every timeout counts
/// as zero.
CREX_C_EXPORT int crex_message_queue_block(const crex_message_queue* queue, bool* block);
CREX_C_EXPORT int crex_message_queue_set_block(crex_message_queue* queue, bool block);

/// Set `*max` to the number with which the queue was created.
CREX_C_EXPORT int crex_message_queue_max_messages(const crex_message_queue* queue, size_t* max);
CREX_C_EXPORT int crex_message_queue_max_message_size(const crex_message_queue* queue, size_t* max);

/// Sets `*count` to how many messages are waiting now.
CREX_C_EXPORT int crex_message_queue_current_messages(const crex_message_queue* queue,
                                                      size_t* count);

/// Sets `*backend` to CREX_BACKEND_... .
CREX_C_EXPORT int crex_message_queue_backend(const crex_message_queue* queue, int* backend);

/// Sets `*mqd` to the kernel's descriptor on the posix backend, for mq_getattr(3); to -1 on others
/// and once closed. It belongs to the handle.
CREX_C_EXPORT int crex_message_queue_mqd(const crex_message_queue* queue, int* mqd);

/// Sets `*fd` to a descriptor for poll(2), readable while there is a message or once the queue was
/// shut down; on posix and robust also writable while there is room. It belongs to the handle. On
/// the boost backend, a thread of this process looks every 50 ms.
CREX_C_EXPORT int crex_message_queue_ready_fd(const crex_message_queue* queue, int* fd);

/// Requests one notification of this process, when a message comes into the empty queue and no
/// receiver waits: the signal `number` with `value` as si_value.sival_ptr, or a call of `function`
/// with `argument` in a new thread. A further request of this process replaces the first if
/// `replace` is true, else it fails with EBUSY, as it does while another process has one. In full:
/// MessageQueue::request_notification().
CREX_C_EXPORT int crex_message_queue_notify_by_signal(crex_message_queue* queue, int number,
                                                      void* value, bool replace);
CREX_C_EXPORT int crex_message_queue_notify_by_thread(crex_message_queue* queue,
                                                      void (*function)(void* argument),
                                                      void* argument, bool replace);

/// Takes this process's request back.
CREX_C_EXPORT int crex_message_queue_cancel_notification(crex_message_queue* queue);

/// Sets `*id` to which object it is.
CREX_C_EXPORT int crex_message_queue_id(const crex_message_queue* queue, crex_object_id* id);

/// Sets `*is_linked` to whether the name still leads to this object.
CREX_C_EXPORT int crex_message_queue_is_linked(const crex_message_queue* queue, bool* is_linked);

/// Sets `*name` to the name, with its slash. Works on a closed handle, too.
CREX_C_EXPORT int crex_message_queue_name(const crex_message_queue* queue, const char** name);

/// Removes the name: of a handle, also a closed one, or without opening the queue. Fails with
/// ENOENT, EACCES or EPERM.
CREX_C_EXPORT int crex_message_queue_unlink(crex_message_queue* queue);
CREX_C_EXPORT int crex_unlink_message_queue(const char* name, int backend);

/// Closes the handle. Loans and leases stay usable. Closing again does nothing.
CREX_C_EXPORT int crex_message_queue_close(crex_message_queue* queue);

/// Closes the handle and frees it. Does nothing with a null pointer.
CREX_C_EXPORT void crex_message_queue_free(crex_message_queue* queue);

#ifdef __cplusplus
}
#endif
