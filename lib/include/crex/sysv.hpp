// SPDX-License-Identifier: BSL-1.0
#pragma once

// System V semaphores, shared memory and message queues, with the vocabulary of Python's sysv_ipc.

#include <crex/sysv/message_queue.hpp>     // IWYU pragma: export
#include <crex/sysv/object.hpp>            // IWYU pragma: export
#include <crex/sysv/remove_on_destroy.hpp> // IWYU pragma: export
#include <crex/sysv/semaphore.hpp>         // IWYU pragma: export
#include <crex/sysv/semaphore_set.hpp>     // IWYU pragma: export
#include <crex/sysv/shared_memory.hpp>     // IWYU pragma: export
