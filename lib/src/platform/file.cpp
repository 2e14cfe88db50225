// SPDX-License-Identifier: BSL-1.0
#include "platform/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <random>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "platform/byte_lock.hpp"
#include "platform/cancellation.hpp"
#include "platform/memory.hpp"

namespace crex::detail {
namespace {

constexpr mode_t owner_alone = 0600;
constexpr unsigned as_it_is = ~0U; // to chown(2)

int errno_of(int result) { return result == 0 ? 0 : errno; }

// Not /proc/self, which shows no descriptors once the first thread of the process has ended. On the
// stack, since a forked child of a process with several threads must not allocate.
class DescriptorPath {
public:
    explicit DescriptorPath(int fd) noexcept {
        std::snprintf(text_.data(), text_.size(), "/proc/thread-self/fd/%d", fd);
    }
    [[nodiscard]] const char* c_str() const noexcept { return text_.data(); }

private:
    std::array<char, 40> text_{};
};

std::uint64_t bytes_held_by(const struct stat& file) {
    return static_cast<std::uint64_t>(file.st_blocks) * 512;
}

// Whether the file system has room for the file to hold `length` bytes.
bool has_room(int fd, const struct stat& file, off_t length) {
    struct statvfs system {};
    if (fstatvfs(fd, &system) != 0 || system.f_blocks == 0) {
        return true; // no limit is known: the reservation itself will tell
    }
    const auto free = static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize;
    return static_cast<std::uint64_t>(length) <= bytes_held_by(file) + free;
}

// Reserves a piece at a time, and a smaller piece after each signal. On some kernels a pending
// signal makes tmpfs give up and undo its work, so that a large reservation under a fast timer
// would never end. A reservation that cannot succeed is not begun, since it would take all memory
// before it failed.
int reserve_bytes(int fd, const struct stat& file, off_t length) {
    if (file.st_size == length && bytes_held_by(file) >= static_cast<std::uint64_t>(length)) {
        return 0;
    }
    if (!has_room(fd, file, length)) {
        return ENOSPC;
    }
    const auto allowed = memory_left();
    if (allowed && static_cast<std::uint64_t>(length) > bytes_held_by(file) + *allowed) {
        return ENOMEM;
    }
    constexpr off_t smallest = 4096;
    off_t piece = 64 << 20;
    for (off_t done = 0; done < length;) {
        const off_t next = std::min(piece, length - done);
        const int error = posix_fallocate(fd, done, next);
        if (error != 0 && error != EINTR) {
            return error;
        }
        done += error == 0 ? next : 0;
        piece = error == 0 ? piece : std::max(next / 2, smallest);
    }
    return 0;
}

} // namespace

UniqueFd::UniqueFd(int fd) noexcept : fd_{fd}, id_{} {
    const int before = errno;
    if (const auto status = fd >= 0 ? status_of(fd) : std::nullopt) {
        id_ = id_of(*status);
    }
    errno = before;
}

UniqueFd::~UniqueFd() {
    if (fd_ < 0) {
        return;
    }
    const int before = errno;
    const auto status = status_of(fd_);
    if (!status || id_ == ObjectId{} || id_of(*status) == id_) {
        const CancellationHeld held;
        ::close(fd_);
    }
    errno = before;
}

bool reopen_as(int fd, std::optional<std::uint64_t> shared_byte) noexcept {
    const UniqueFd own = reopened(fd);
    if (own.get() < 0) {
        return false;
    }
    if (shared_byte) {
        share_byte(own.get(), *shared_byte);
    }
    return dup3(own.get(), fd, O_CLOEXEC) >= 0;
}

void close_number(int fd) noexcept {
    const CancellationHeld held;
    const UniqueFd nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    if (nothing.get() < 0 || dup3(nothing.get(), fd, O_CLOEXEC) < 0) {
        ::close(fd);
    }
}

UniqueFd reopened(int fd) noexcept {
    const CancellationHeld held;
    return UniqueFd{::open(DescriptorPath{fd}.c_str(), O_RDWR | O_CLOEXEC)};
}

std::string shared_memory_path(const std::string& name) { return "/dev/shm" + name; }

std::string semaphore_path(const std::string& name) { return "/dev/shm/sem." + name.substr(1); }

std::optional<struct stat> status_of(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 ? std::optional{status} : std::nullopt;
}

std::optional<struct stat> status_of(int fd) {
    struct stat status {};
    return fstat(fd, &status) == 0 ? std::optional{status} : std::nullopt;
}

bool is_at(const std::string& path, ObjectId id) {
    const auto status = status_of(path);
    return status && id_of(*status) == id;
}

bool may_write(std::size_t size) noexcept {
    rlimit limit{};
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || size <= limit.rlim_cur;
}

int resize(int fd, std::size_t size, bool reserve) {
    if (!may_write(size)) {
        return EFBIG;
    }
    const auto status = status_of(fd);
    if (!status) {
        return errno;
    }
    const auto length = static_cast<off_t>(size);
    if (!reserve || length < status->st_size) {
        const int error = errno_of(ftruncate(fd, length));
        if (error != 0 || !reserve) {
            return error;
        }
    }
    const int error = reserve_bytes(fd, *status, length);
    if (error != 0 && length > status->st_size) {
        errno_of(ftruncate(fd, status->st_size));
    }
    return error;
}

int link_memory(int fd, const std::string& name, const Access& access) {
    if (const int error = give_access(fd, access); error != 0) {
        return error;
    }
    const std::string path = shared_memory_path(name);
    const int error = errno_of(
        linkat(AT_FDCWD, DescriptorPath{fd}.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW));
    if (error != ENOENT) {
        return error;
    }
    // Without /proc: root may do this, and since Linux 6.10 every user.
    const int without = errno_of(linkat(fd, "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH));
    return without == 0 || without == EEXIST ? without : error;
}

// The owner first: fchown(2) may take bits of the mode away.
int give_access(int fd, const Access& access) {
    const bool given =
        (!access.owner && !access.group) ||
        fchown(fd, access.owner.value_or(as_it_is), access.group.value_or(as_it_is)) == 0;
    return given ? errno_of(fchmod(fd, access.mode)) : errno;
}

LinkableTmpfile::LinkableTmpfile()
    : fd_{::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, owner_alone)}, error_{fd() < 0 ? errno
                                                                                            : 0} {
    if (error_ == 0) {
        error_ = errno_of(fchmod(fd(), owner_alone)); // open(2) has applied the umask
    }
}

UniqueFd LinkableTmpfile::reopened_read_only() const {
    return UniqueFd{::open(DescriptorPath{fd()}.c_str(), O_RDONLY | O_CLOEXEC)};
}

ProvisionalSemaphore::ProvisionalSemaphore()
    : name_{"/crex-tmp." + std::to_string(getpid()) + "." + random_digits()} {}

ProvisionalSemaphore::~ProvisionalSemaphore() { ::unlink(path().c_str()); }

int ProvisionalSemaphore::publish(const std::string& name, const Access& access) const {
    const bool given =
        (!access.owner && !access.group) || chown(path().c_str(), access.owner.value_or(as_it_is),
                                                  access.group.value_or(as_it_is)) == 0;
    if (!given || chmod(path().c_str(), access.mode) != 0) {
        return errno;
    }
    return errno_of(link(path().c_str(), semaphore_path(name).c_str()));
}

std::string random_digits() {
    const CancellationHeld held;
    std::random_device random;
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x%08x", random(), random());
    return digits.data();
}

} // namespace crex::detail
