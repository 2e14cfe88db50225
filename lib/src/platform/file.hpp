// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>

#include <crex/inventory.hpp>

// The files behind named objects. Functions here report failure as an errno value, 0 for success,
// and leave saying what it means to the caller.

namespace crex::detail {

// A descriptor of our own.
class UniqueFd {
public:
    explicit UniqueFd(int fd = -1) noexcept : fd_{fd} {}
    UniqueFd(UniqueFd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();

    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

// Where Linux keeps the file of the memory called "/name", and glibc that of the semaphore.
std::string shared_memory_path(const std::string& name);
std::string semaphore_path(const std::string& name);

// lstat(2) and fstat(2); nothing when it fails, with errno set.
std::optional<struct stat> status_of(const std::string& path);
std::optional<struct stat> status_of(int fd);

inline ObjectId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

// Makes the file `size` bytes long. Reserving means that the memory is there (else ENOSPC) rather
// than promised; a file that shrinks needs no reservation.
int resize(int fd, std::size_t size, bool reserve);

// An object being made under a name nobody looks for. It is published with link(2), which fails
// when the real name is taken, so an object is never seen half-made and never overwritten; the
// provisional name goes away in any case. Killed in between, a process leaves a file whose name
// begins with "crex-tmp." (or "sem.crex-tmp.") and goes on with its process id.
class Provisional {
public:
    using PathOf = std::string (*)(const std::string& name);

    explicit Provisional(PathOf path_of);
    ~Provisional();
    Provisional(const Provisional&) = delete;
    Provisional& operator=(const Provisional&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string path() const { return path_of_(name_); }

    int publish(const std::string& name) const;

private:
    PathOf path_of_;
    std::string name_;
};

// Sixteen random hexadecimal digits.
std::string random_digits();

} // namespace crex::detail
