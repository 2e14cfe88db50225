// SPDX-License-Identifier: BSL-1.0
#include "common/named_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace crex::detail {
namespace {

bool is_published(const Call& call, int error) {
    if (error != 0 && error != EEXIST) {
        throw_errno(call, error);
    }
    return error == 0;
}

bool may_make_files_in(const char* directory) {
    return faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0;
}

// Throws `error`, with the owner and mode that keep this process out.
[[noreturn]] void throw_refused(const Call& call, int error, const std::string& what,
                                const struct stat& status) {
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", status.st_mode & 07777U);
    throw_errno(call, error,
                std::generic_category()
                    .message(error)
                    .append(": ")
                    .append(what)
                    .append(" belongs to user ")
                    .append(std::to_string(status.st_uid))
                    .append(", and its mode is ")
                    .append(mode.data()));
}

} // namespace

std::optional<ObjectId> find_file(const Call& call, const std::string& path, std::size_t min_size,
                                  const char* problem) {
    const auto status = status_of(path);
    if (!status) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw_file_errno(call, errno, path);
    }
    if (!S_ISREG(status->st_mode) || status->st_size < static_cast<off_t>(min_size)) {
        throw_corrupt(call, problem);
    }
    return id_of(*status);
}

bool publish(const Call& call, int fd, const std::string& name, const Access& access) {
    const int error = link_memory(fd, name, access);
    if (error == ENOENT) {
        throw_limit(
            call, error,
            "/proc is not mounted; without it, only root can give a file its name, and since "
            "Linux 6.10 every user (mount -t proc proc /proc)");
    }
    return is_published(call, error);
}

bool publish(const Call& call, const ProvisionalSemaphore& semaphore, const std::string& name,
             const Access& access) {
    return is_published(call, semaphore.publish(name, access));
}

void throw_file_errno(const Call& call, int error, const std::string& path) {
    if (error != EACCES && error != EPERM) {
        throw_errno(call, error);
    }
    if (const auto status = status_of(path)) {
        throw_refused(call, error, "it", *status);
    }
    if (errno == EACCES) {
        const std::string directory = path.substr(0, path.rfind('/'));
        if (const auto status = status_of(directory)) {
            throw_refused(call, error, directory, *status);
        }
    }
    throw_errno(call, error);
}

std::optional<LinkableTmpfile> nameless_file(const Call& call, const std::string& name,
                                             std::size_t size, bool reserve) {
    if (status_of(shared_memory_path(name))) {
        return std::nullopt;
    }
    LinkableTmpfile file;
    if (file.error() != 0) {
        throw_not_made(call, file.error());
    }
    if (size != 0) {
        resize_file(call, file.fd(), size, reserve);
    }
    return file;
}

void throw_not_made(const Call& call, int error) {
    const std::string no_file = "no file can be made in /dev/shm: ";
    const auto directory = status_of("/dev/shm");
    // sem_open(3) also fails with ENOENT when it may not search the directory.
    const bool is_closed = (error == EACCES || error == ENOENT) && !may_make_files_in("/dev/shm");
    if (is_closed && directory && S_ISDIR(directory->st_mode)) {
        throw_refused(call, EACCES, "/dev/shm", *directory);
    }
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        throw_limit(call, error, "there is no /dev/shm: mount a tmpfs there");
    case ENOSPC:
        throw_limit(call, error,
                    "there is no room for another file in /dev/shm, which `mount -o "
                    "remount,size=SIZE,nr_inodes=COUNT /dev/shm` makes larger");
    case EFBIG:
        throw_limit(call, error, no_file + "raise RLIMIT_FSIZE (ulimit -f)");
    case EMFILE:
        throw_limit(call, error,
                    "this process has too many open files: raise RLIMIT_NOFILE (ulimit -n)");
    case EOPNOTSUPP:
    case EISDIR:
    case ENOSYS:
        throw_limit(call, error,
                    no_file + "its file system has no files without a name (O_TMPFILE, since Linux "
                              "3.11): mount a tmpfs there");
    case EPERM:
        throw_errno(call, error,
                    "this process may not make it for that owner or group, or " + no_file +
                        std::generic_category().message(error));
    default:
        throw_errno(call, error, no_file + std::generic_category().message(error));
    }
}

void throw_no_lock(const Call& call, int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        throw_limit(call, error, "its file cannot be opened once more: is /proc mounted?");
    case EINVAL:
    case ENOSYS:
        throw_limit(call, error,
                    "this kernel locks no byte for an open file description (F_OFD_SETLK in "
                    "fcntl(2)), as Linux does since 3.15");
    default:
        throw_errno(call, error);
    }
}

bool is_published(const Call& call, int error) {
    if (error == ENOENT || error == ENOTDIR) {
        throw_limit(call, error,
                    "its file cannot be given a name: are /dev/shm and /proc mounted?");
    }
    if (error != 0 && error != EEXIST) {
        throw_errno(call, error);
    }
    return error == 0;
}

void resize_file(const Call& call, int fd, std::size_t size, bool reserve) {
    const int error = resize(fd, size, reserve);
    if (error == ENOSPC) {
        throw_errno(call, error,
                    "there is no room for " + std::to_string(size) +
                        " bytes in /dev/shm, which `mount -o remount,size=SIZE /dev/shm` makes "
                        "larger");
    }
    if (error == EFBIG) {
        throw_errno(call, error,
                    "this process may make no file of " + std::to_string(size) +
                        " bytes: raise RLIMIT_FSIZE (ulimit -f)");
    }
    if (error == ENOMEM) {
        throw_errno(call, error,
                    "this process's control group has no memory left for " + std::to_string(size) +
                        " bytes (memory.max)");
    }
    if (error != 0) {
        throw_errno(call, error);
    }
}

} // namespace crex::detail
