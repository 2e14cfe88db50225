// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>

// A message of a robust queue that a receiver works on, read in place. In full: crex/loan.hpp,
// class Lease. crex_message_queue_lease() makes one.
//
// It keeps the queue open. No other receiver gets the message until it is given back. If the lease
// is freed without crex_lease_ack(), or its process dies, the message is delivered again.
//
// Threads: one at a time. Fork: a lease stays with the parent; on a child's copy, ack and nack fail
// with ESTALE and freeing does nothing to the queue.

#ifdef __cplusplus
extern "C" {
#endif

/// A lease, with the rules at the top of this file.
typedef struct crex_lease crex_lease;

/// Sets `*bytes` and `*size` to the message; `*size` is 0 once it was acknowledged or given back.
CREX_C_EXPORT int crex_lease_bytes(const crex_lease* lease, const void** bytes, size_t* size);

/// Sets `*priority` to the message's priority.
CREX_C_EXPORT int crex_lease_priority(const crex_lease* lease, unsigned* priority);

/// Sets `*attempts` to how many times the message was given back (except by
/// crex_lease_nack_untried()), or left behind, before; 255 stands for that many and more.
CREX_C_EXPORT int crex_lease_attempts(const crex_lease* lease, unsigned* attempts);

/// Acknowledges the message: it is removed permanently. Fails with ESTALE when the lease is no
/// longer this process's, EBADF when it was acknowledged or given back already, or ENOTRECOVERABLE.
CREX_C_EXPORT int crex_lease_ack(crex_lease* lease);

/// Give the message back, at its old place. After the second, `attempts` stays as it is. They fail
/// as crex_lease_ack() does.
CREX_C_EXPORT int crex_lease_nack(crex_lease* lease);
CREX_C_EXPORT int crex_lease_nack_untried(crex_lease* lease);

/// Frees the lease. A message that was not acknowledged is given back, as by crex_lease_nack().
CREX_C_EXPORT void crex_lease_free(crex_lease* lease);

#ifdef __cplusplus
}
#endif
