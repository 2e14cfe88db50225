// SPDX-License-Identifier: BSL-1.0
#include "platform/file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace crex::detail {
namespace {

int errno_of(int result) { return result == 0 ? 0 : errno; }

std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

} // namespace

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
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

int resize(int fd, std::size_t size, bool reserve) {
    const auto status = status_of(fd);
    if (!status) {
        return errno;
    }
    const auto length = static_cast<off_t>(size);
    if (!reserve || length <= status->st_size) {
        return errno_of(ftruncate(fd, length));
    }
    // tmpfs gives up, undoing what it did, whenever a signal is pending.
    int error = EINTR;
    while (error == EINTR) {
        error = posix_fallocate(fd, 0, length);
    }
    return error;
}

Nameless::Nameless(unsigned mode)
    : fd_{::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, mode)}, error_{fd() < 0 ? errno : 0} {
    if (error_ == 0) {
        error_ = errno_of(fchmod(fd(), mode)); // open(2) has applied the umask
    }
}

UniqueFd Nameless::reopened_read_only() const {
    return UniqueFd{::open(descriptor_path(fd()).c_str(), O_RDONLY | O_CLOEXEC)};
}

int Nameless::publish(const std::string& name) const {
    return errno_of(linkat(AT_FDCWD, descriptor_path(fd()).c_str(), AT_FDCWD,
                           shared_memory_path(name).c_str(), AT_SYMLINK_FOLLOW));
}

ProvisionalSemaphore::ProvisionalSemaphore()
    : name_{"/crex-tmp." + std::to_string(getpid()) + "." + random_digits()} {}

ProvisionalSemaphore::~ProvisionalSemaphore() { ::unlink(path().c_str()); }

int ProvisionalSemaphore::publish(const std::string& name) const {
    return errno_of(link(path().c_str(), semaphore_path(name).c_str()));
}

std::string random_digits() {
    std::random_device random;
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x%08x", random(), random());
    return digits.data();
}

} // namespace crex::detail
