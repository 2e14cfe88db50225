// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>

#include <crex/object_id.hpp>

// The files behind named objects. Functions here return an errno value, 0 for success; the caller
// says what it means.

namespace crex::detail {

// A descriptor that crex owns. A program that becomes a daemon may close all descriptors and use
// their numbers for its own files. A number that stands for another file by then is not closed.
class UniqueFd {
public:
    explicit UniqueFd(int fd = -1) noexcept;
    UniqueFd(UniqueFd&& other) noexcept : fd_{std::exchange(other.fd_, -1)}, id_{other.id_} {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        std::swap(id_, other.id_);
        return *this;
    }
    ~UniqueFd();

    [[nodiscard]] int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
    ObjectId id_; // of the file
};

// Replaces the description behind `fd` by a new one of the same file, open for reading and writing.
// False when that fails; then nothing has changed. The new description shares the lock on
// `shared_byte` before the old one is closed. Async-signal-safe.
bool reopen_as(int fd, std::optional<std::uint64_t> shared_byte = {}) noexcept;

// Closes the file behind `fd`, and keeps the number taken by /dev/null where that exists.
// Async-signal-safe.
void close_number(int fd) noexcept;

// A new description of the file behind `fd`, open for reading and writing; -1 and errno when that
// fails. Async-signal-safe.
UniqueFd reopened(int fd) noexcept;

// Where Linux keeps the shared memory called "/name", and glibc the semaphore.
std::string shared_memory_path(const std::string& name);
std::string semaphore_path(const std::string& name);

// lstat(2) and fstat(2). Nothing, with errno set, when the call fails.
std::optional<struct stat> status_of(const std::string& path);
std::optional<struct stat> status_of(int fd);

inline ObjectId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

// Whether the file at `path` is the one with that id.
[[nodiscard]] bool is_at(const std::string& path, ObjectId id);

// Whether this process may make a file of `size` bytes (RLIMIT_FSIZE). A process that exceeds the
// limit is killed by SIGXFSZ.
bool may_write(std::size_t size) noexcept;

// The mode of a new file, and its owner and group: this process's own, unless they are given.
struct Access {
    unsigned mode;
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

template <class Options> Access access_of(const Options& options) {
    return {options.mode, options.owner, options.group};
}

// Gives the file its owner and mode, whatever the umask. Returns 0 or an errno value.
int give_access(int fd, const Access& access);

// Makes the file `size` bytes long. With `reserve` its memory is allocated and not only promised,
// also where the file was sparse. If that fails (ENOSPC: the file system is full, ENOMEM: the
// control group is), a file that was to grow keeps its size.
int resize(int fd, std::size_t size, bool reserve);

// Gives the file behind `fd`, which has no name yet, its access and the name of the shared memory
// `name`.
int link_memory(int fd, const std::string& name, const Access& access);

// A file in /dev/shm that has no name yet. An object is finished in such a file and then published
// with linkat(2), which fails when the name is taken. So no process ever sees a half-made object,
// nothing is overwritten, and a killed maker leaves nothing behind.
//
// Until it is published, its owner may read and write it. Its mode, which may deny even that, is
// set last. So its maker must open it again, as often as necessary, before it is published.
class LinkableTmpfile {
public:
    LinkableTmpfile();

    // 0, or the errno value that says why there is no such file.
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

    // The file, opened once more for reading only; -1 and errno when that fails.
    [[nodiscard]] UniqueFd reopened_read_only() const;

    // Hands the descriptor over.
    UniqueFd release() { return std::move(fd_); }

private:
    UniqueFd fd_;
    int error_;
};

// A semaphore that is being made. Only sem_open(3) makes one, and it requires a name. So the
// semaphore gets a provisional name, which the destructor removes, and is published with link(2). A
// process that is killed in between leaves a file called "sem.crex-tmp.PID.RANDOM".
class ProvisionalSemaphore {
public:
    ProvisionalSemaphore();
    ~ProvisionalSemaphore();
    ProvisionalSemaphore(const ProvisionalSemaphore&) = delete;
    ProvisionalSemaphore& operator=(const ProvisionalSemaphore&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string path() const { return semaphore_path(name_); }

    [[nodiscard]] int publish(const std::string& name, const Access& access) const;

private:
    std::string name_;
};

// Sixteen random hexadecimal digits.
std::string random_digits();

} // namespace crex::detail
