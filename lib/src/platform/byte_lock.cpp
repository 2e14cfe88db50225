// SPDX-License-Identifier: BSL-1.0
#include "platform/byte_lock.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace crex::detail {
namespace {

struct flock one_byte(int type, std::uint64_t offset) {
    struct flock lock {};
    lock.l_type = static_cast<short>(type);
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(offset);
    lock.l_len = 1;
    return lock;
}

ByteLock set_lock(int fd, struct flock lock, LockOwner owner) {
    int result = 0;
    do {
        result = fcntl(fd, owner == LockOwner::process ? F_SETLK : F_OFD_SETLK, &lock);
    } while (result != 0 && errno == EINTR);
    if (result == 0) {
        return ByteLock::ours;
    }
    return errno == EAGAIN || errno == EACCES ? ByteLock::another_s : ByteLock::impossible;
}

bool meets_another(int fd, struct flock lock, int question = F_OFD_GETLK) {
    return fcntl(fd, question, &lock) != 0 || lock.l_type != F_UNLCK;
}

} // namespace

ByteLock lock_byte(int fd, std::uint64_t offset, LockOwner owner) {
    return set_lock(fd, one_byte(F_WRLCK, offset), owner);
}

ByteLock share_byte(int fd, std::uint64_t offset, LockOwner owner) {
    return set_lock(fd, one_byte(F_RDLCK, offset), owner);
}

void unlock_byte(int fd, std::uint64_t offset, LockOwner owner) {
    set_lock(fd, one_byte(F_UNLCK, offset), owner);
}

// F_OFD_GETLK leaves out the locks of the description, F_GETLK those of the process.
bool byte_is_locked(int fd, std::uint64_t offset, LockOwner asker) {
    const struct flock lock = one_byte(F_WRLCK, offset);
    return meets_another(fd, lock) ||
           (asker == LockOwner::process && meets_another(fd, lock, F_GETLK));
}

bool any_byte_is_locked(int fd, std::uint64_t first, std::uint64_t count) {
    struct flock bytes = one_byte(F_WRLCK, first);
    bytes.l_len = static_cast<off_t>(count); // 0: to the end, wherever that is
    return meets_another(fd, bytes);
}

} // namespace crex::detail
