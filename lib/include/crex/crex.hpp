// SPDX-License-Identifier: BSL-1.0
#pragma once

// Everything crex offers: named semaphores, shared memory, message queues and rings between
// processes, and System V's.
//
// Threads and pthread_cancel(3): no call of crex is a cancellation point. A call of a cancelled
// thread goes on to its end as if nothing had happened, and the request acts at the thread's next
// cancellation point after it. A wait that is to end early takes a stop token (see Timeout). The
// calls of <mqueue.h> in libcrex-mqueue are cancellation points, as POSIX has it.

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
#include <crex/shared_memory.hpp>    // IWYU pragma: export
#include <crex/sysv.hpp>             // IWYU pragma: export
#include <crex/timeout.hpp>          // IWYU pragma: export
#include <crex/version.hpp>          // IWYU pragma: export
