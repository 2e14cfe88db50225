// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <crex/object_id.hpp>

// What /proc says of processes.

namespace crex::detail {

enum class ThreadState {
    gone,    // no such thread, or one that has ended and only waits to be reaped
    stopped, // by SIGSTOP and the like, or by a debugger
    running,
};

// The thread's state as this process sees it. A thread in a PID namespace that it cannot see is
// `gone`.
ThreadState thread_state(int tid);

// Identifies a process, also after its id has been reused.
struct ProcessIdentity {
    int pid = 0;
    std::uint64_t started = 0;    // clock ticks since boot; 0 if unknown
    std::uint64_t namespaces = 0; // of PIDs and time, in which these two are valid; 0 if unknown
};

ProcessIdentity this_process();

// The start of the process, in clock ticks since boot; 0 where that cannot be read.
std::uint64_t start_of(int pid);

// Whether the process has certainly ended. False for a process in another namespace.
bool has_ended(const ProcessIdentity& process);

// Whether the process certainly runs: its id has not been reused, and it is neither stopped,
// frozen, dumping core nor ending. False for a process in another namespace.
bool runs_for_certain(const ProcessIdentity& process);

enum class Mapped { no, yes, cannot_tell };

// Whether the process (or the process of that thread) has the object in its address space.
Mapped maps_object(int pid, ObjectId id);

// Whether /proc shows every process. In a container it does not, and with hidepid it hides those of
// other users.
bool sees_all_processes();

} // namespace crex::detail
