// SPDX-License-Identifier: BSL-1.0
#pragma once

// All of crex: named semaphores, shared memory, message queues and rings between processes, and
// System V's objects.
//
// Threads and pthread_cancel(3): no call of crex is a cancellation point. If a thread is cancelled
// inside a call, the call runs to its end, and the request takes effect at the thread's next
// cancellation point after it. To end a wait early, use a stop token (see Timeout). The calls of
// <mqueue.h> in libcrex-mqueue are cancellation points, as POSIX requires.

#include <crex/error.hpp>            // IWYU pragma: export
#include <crex/inventory.hpp>        // IWYU pragma: export
#include <crex/limits.hpp>           // IWYU pragma: export
#include <crex/message_queue.hpp>    // IWYU pragma: export
#include <crex/name.hpp>             // IWYU pragma: export
#include <crex/object_id.hpp>        // IWYU pragma: export
#include <crex/open_flags.hpp>       // IWYU pragma: export
#include <crex/ring.hpp>             // IWYU pragma: export
#include <crex/robust_semaphore.hpp> // IWYU pragma: export
#include <crex/semaphore.hpp>        // IWYU pragma: export
#include <crex/server.hpp>           // IWYU pragma: export
#include <crex/shared_memory.hpp>    // IWYU pragma: export
#include <crex/sysv.hpp>             // IWYU pragma: export
#include <crex/timeout.hpp>          // IWYU pragma: export
#include <crex/version.hpp>          // IWYU pragma: export
