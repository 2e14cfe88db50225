// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/base.h>

// A free slot of a robust queue, lent for one message that is written in place. In full:
// crex/loan.hpp, class Loan. crex_message_queue_loan() makes one.
//
// It keeps the queue open. If it is freed before it is sent, or its process dies, the slot is free
// again and no message was sent.
//
// Threads: one at a time. Fork: a loan stays with the parent; on a child's copy, sending fails with
// ESTALE and freeing does nothing to the queue.

#ifdef __cplusplus
extern "C" {
#endif

/// A loan, with the rules at the top of this file.
typedef struct crex_loan crex_loan;

/// Sets `*bytes` and `*size` to the bytes to write; `*size` is 0 once the loan was sent.
CREX_C_EXPORT int crex_loan_bytes(crex_loan* loan, void** bytes, size_t* size);

/// Sends the message, or its first `size` bytes. Neither waits. Fails with ESTALE when the loan is
/// no longer this process's, EBADF when it was sent already, ESHUTDOWN, ENOTRECOVERABLE, or EINVAL.
/// The loan must still be freed.
CREX_C_EXPORT int crex_loan_send(crex_loan* loan, unsigned priority);
CREX_C_EXPORT int crex_loan_send_prefix(crex_loan* loan, size_t size, unsigned priority);

/// Frees the loan. If it was not sent, the slot is free again.
CREX_C_EXPORT void crex_loan_free(crex_loan* loan);

#ifdef __cplusplus
}
#endif
