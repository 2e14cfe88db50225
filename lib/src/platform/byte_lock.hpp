// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

// Locks on single bytes of a file, held by an open file description (F_OFD_SETLK in fcntl(2)).
//
// The kernel drops them with the description's last descriptor: when its process dies, however it
// dies, before anybody can reap it, in whatever PID namespace. A process that is stopped keeps
// them. Every descriptor made by dup() or fork() is the same description: closing one drops nothing
// while another is open, and unlocking through any of them unlocks for all.
//
// A process that has only a description which others share, and may not open the file itself, locks
// for the process instead (F_SETLK). The kernel drops those with the process, too, but already when
// it closes *any* descriptor of the file, and grants them again to the process that has them: so
// such a process closes none, and looks itself whether it has one already.

namespace crex::detail {

enum class ByteLock {
    ours,
    another_s,
    impossible, // errno says why
};

enum class LockOwner { description, process };

ByteLock lock_byte(int fd, std::uint64_t offset, LockOwner owner = LockOwner::description);

// The same lock, but any number of descriptions may hold it at once.
ByteLock share_byte(int fd, std::uint64_t offset, LockOwner owner = LockOwner::description);

void unlock_byte(int fd, std::uint64_t offset, LockOwner owner = LockOwner::description);

// Whether a description *other* than this one holds it. Asking about a byte that fd's own
// description holds always answers no. When the kernel cannot say, the answer is yes. For a process
// that shares its description, the locks of that one count, too, and those of the process.
bool byte_is_locked(int fd, std::uint64_t offset, LockOwner asker = LockOwner::description);

// Whether another description holds any of the bytes from `first` on: `count` of them, or with 0
// all that follow, in one question to the kernel.
bool any_byte_is_locked(int fd, std::uint64_t first = 0, std::uint64_t count = 0);

} // namespace crex::detail
