// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <crex/object_id.hpp>

// Looking at processes, through /proc.

namespace crex::detail {

enum class ThreadState {
    gone,    // no such thread, or one that has ended and only waits to be reaped
    stopped, // by SIGSTOP and the like, or by a debugger
    running,
};

// The thread's state as seen from here: one in a PID namespace out of sight is "gone".
ThreadState thread_state(int tid);

// A process, told apart from a later one with the same id.
struct ProcessIdentity {
    int pid = 0;
    std::uint64_t started = 0;    // clock ticks since boot; 0 where it cannot be known
    std::uint64_t namespaces = 0; // of PIDs and time, where these two mean something; 0 likewise
};

ProcessIdentity this_process();

// When the process was started, in clock ticks since boot; 0 where that cannot be read.
std::uint64_t start_of(int pid);

// Whether it is certain that the process has ended. Of one in another namespace nothing is.
bool has_ended(const ProcessIdentity& process);

// Whether it is certain that the process goes on: that it is the one meant, and neither stopped,
// nor frozen, nor dumping core, nor ending. Of one in another PID namespace nothing is certain.
bool runs_for_certain(const ProcessIdentity& process);

enum class Mapped { no, yes, cannot_tell };

// Whether the process (or the thread's process) has the object in its address space.
Mapped maps_object(int pid, ObjectId id);

// Whether /proc shows every process there is. From a container some are out of sight, and with
// hidepid those of others are.
bool sees_all_processes();

} // namespace crex::detail
