// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

// Locks on single bytes of a file, held by an open file description (F_OFD_SETLK in fcntl(2)).
//
// The kernel drops the locks with the description's last descriptor. So they end when their process
// dies, however it dies, before its parent can reap it, and in any PID namespace. A stopped process
// keeps them. Descriptors made by dup() or fork() share one description: closing one drops nothing
// while another is open, and unlocking through one unlocks for all.
//
// If a process has only a description that other processes share, and may not open the file itself,
// it locks for the process instead (F_SETLK). The kernel drops such a lock with the process, but
// also when the process closes *any* descriptor of the file. It grants the lock again to a process
// that already holds it. So such a process must not close any descriptor of the file, and must
// check itself whether it already holds the lock.

namespace crex::detail {

enum class ByteLock {
    ours,
    another_s,
    impossible, // errno says why
};

enum class LockOwner { description, process };

ByteLock lock_byte(int fd, std::uint64_t offset, LockOwner owner = LockOwner::description);

// A shared lock: any number of descriptions may hold it at once.
ByteLock share_byte(int fd, std::uint64_t offset, LockOwner owner = LockOwner::description);

void unlock_byte(int fd, std::uint64_t offset, LockOwner owner = LockOwner::description);

// Whether a description *other* than that of `fd` holds a lock on the byte. A lock of the
// description itself does not count. True when the kernel cannot say. With LockOwner::process, the
// locks of the shared description and of the process count, too.
bool byte_is_locked(int fd, std::uint64_t offset, LockOwner asker = LockOwner::description);

// Whether another description holds a lock on any of the `count` bytes from `first` on; 0 means all
// that follow. One system call.
bool any_byte_is_locked(int fd, std::uint64_t first = 0, std::uint64_t count = 0);

} // namespace crex::detail
