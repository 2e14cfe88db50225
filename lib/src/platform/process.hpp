// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/inventory.hpp>

// Looking at processes, through /proc.

namespace crex::detail {

enum class ThreadState {
    gone,    // no such thread, or one that has ended and only waits to be reaped
    stopped, // by SIGSTOP and the like, or by a debugger
    running,
};

// The thread's state as seen from here: one in a PID namespace out of sight is "gone".
ThreadState thread_state(int tid);

enum class Mapped { no, yes, cannot_tell };

// Whether the process (or the thread's process) has the object in its address space.
Mapped maps_object(int pid, ObjectId id);

// Every process that maps the object or has it open.
Users users_of_object(ObjectId id);

} // namespace crex::detail
