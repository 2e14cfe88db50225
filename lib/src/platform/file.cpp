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

Provisional::Provisional(PathOf path_of)
    : path_of_{path_of}, name_{"/crex-tmp." + std::to_string(getpid()) + "." + random_digits()} {}

Provisional::~Provisional() { ::unlink(path().c_str()); }

int Provisional::publish(const std::string& name) const {
    return errno_of(link(path().c_str(), path_of_(name).c_str()));
}

std::string random_digits() {
    std::random_device random;
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x%08x", random(), random());
    return digits.data();
}

} // namespace crex::detail
