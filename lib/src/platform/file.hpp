// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>

#include <crex/object_id.hpp>

// The files behind named objects. Functions here report failure as an errno value, 0 for success,
// and leave saying what it means to the caller.

namespace crex::detail {

// A descriptor of our own. A program that closes descriptors which it does not know, as one that
// becomes a daemon may, has files of its own under their numbers then: those are not closed.
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

// Replaces what `fd` is by a new description of the same file, open for reading and writing. False
// where that cannot be had, and all is as it was. The new one shares the lock on `shared_byte`
// before the old one is let go of. Async-signal-safe.
bool reopen_as(int fd, std::optional<std::uint64_t> shared_byte = {}) noexcept;

// Lets go of what `fd` is, and has its number taken by /dev/null where there is that.
// Async-signal-safe.
void close_number(int fd) noexcept;

// A new description of the same file, open for reading and writing; -1 and errno when that fails.
// Async-signal-safe.
UniqueFd reopened(int fd) noexcept;

// Where Linux keeps the file of the memory called "/name", and glibc that of the semaphore.
std::string shared_memory_path(const std::string& name);
std::string semaphore_path(const std::string& name);

// lstat(2) and fstat(2); nothing when it fails, with errno set.
std::optional<struct stat> status_of(const std::string& path);
std::optional<struct stat> status_of(int fd);

inline ObjectId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

// Whether the file at `path` is that one.
[[nodiscard]] bool is_at(const std::string& path, ObjectId id);

// Whether this process may make a file of so many bytes (RLIMIT_FSIZE). What tries in vain is
// killed by SIGXFSZ.
bool may_write(std::size_t size) noexcept;

// Who may use a new file, and whose it is: this process's own, where nothing is said.
struct Access {
    unsigned mode;
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

// What goes into an options struct of that shape.
template <class Options> Access access_of(const Options& options) {
    return {options.mode, options.owner, options.group};
}

// Gives the file its owner and mode, whatever the umask: 0 or an errno value.
int give_access(int fd, const Access& access);

// Makes the file `size` bytes long. Reserving means that the memory is there (else ENOSPC for a
// full file system or ENOMEM for a full control group, and the size is as before) rather than
// promised, also where the file was sparse.
int resize(int fd, std::size_t size, bool reserve);

// Gives the file behind `fd`, which has no name, that mode and the name of the memory `name`.
int link_memory(int fd, const std::string& name, const Access& access);

// A file in /dev/shm that has no name yet. An object is finished in one and then published, with
// linkat(2), which fails when the name is taken: so nobody ever sees it half-made, nothing is
// overwritten, and if its maker is killed it is gone without a trace.
//
// Until then its owner may read and write it. Its mode, which may deny even that, is set last: so
// its maker opens it again, as often as necessary, before it is published and not afterwards.
class LinkableTmpfile {
public:
    LinkableTmpfile();

    // 0, or why there is no such file.
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

    // The same file, opened for reading only; -1 and errno when that fails.
    [[nodiscard]] UniqueFd reopened_read_only() const;

    // Hands the descriptor over.
    UniqueFd release() { return std::move(fd_); }

private:
    UniqueFd fd_;
    int error_;
};

// A semaphore being made. Only sem_open(3) makes one and it takes a name, so this one has a name
// that nobody looks for, which goes away in any case, and is published with link(2). Killed in
// between, a process leaves a file called "sem.crex-tmp.PID.RANDOM".
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
