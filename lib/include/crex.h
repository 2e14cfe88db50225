// SPDX-License-Identifier: BSL-1.0
#pragma once

// crex for C (C11 or later), and for every language that can call C: libcrex-c. Its symbols have
// the version CREX_0.1. A later library runs programs that were compiled with an earlier header.
//
//     crex_message_queue* queue;
//     int error = crex_message_queue_open(&queue, "/letters", CREX_CREAT, NULL);
//     if (error == 0) {
//         error = crex_message_queue_send(queue, "hello", 5, 0, CREX_NO_TIMEOUT);
//     }
//     if (error != 0) {
//         fprintf(stderr, "%s\n", crex_last_error());
//     }
//
// Each function does what the C++ function of the same name does; the headers in crex/c say it
// briefly, those of C++ in full. The rules that hold for all functions are in crex/c/base.h.

#include <crex/c/base.h>             // IWYU pragma: export
#include <crex/c/lease.h>            // IWYU pragma: export
#include <crex/c/loan.h>             // IWYU pragma: export
#include <crex/c/message_queue.h>    // IWYU pragma: export
#include <crex/c/ring.h>             // IWYU pragma: export
#include <crex/c/robust_semaphore.h> // IWYU pragma: export
#include <crex/c/semaphore.h>        // IWYU pragma: export
#include <crex/c/shared_memory.h>    // IWYU pragma: export
