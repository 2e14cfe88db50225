// SPDX-License-Identifier: BSL-1.0
#include "named_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace crex::detail {
namespace {

bool is_published(const Call& call, int error) {
    if (error != 0 && error != EEXIST) {
        throw_errno(call, error);
    }
    return error == 0;
}

} // namespace

std::optional<ObjectId> find_file(const Call& call, const std::string& path, std::size_t min_size,
                                  const char* complaint) {
    const auto status = status_of(path);
    if (!status) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw_errno(call, errno);
    }
    if (!S_ISREG(status->st_mode) || status->st_size < static_cast<off_t>(min_size)) {
        throw_corrupt(call, complaint);
    }
    return id_of(*status);
}

bool publish(const Call& call, int fd, const std::string& name, unsigned mode) {
    return is_published(call, link_memory(fd, name, mode));
}

bool publish(const Call& call, const ProvisionalSemaphore& semaphore, const std::string& name,
             unsigned mode) {
    return is_published(call, semaphore.publish(name, mode));
}

void throw_file_errno(const Call& call, int error, const std::string& path) {
    const auto status = error == EACCES || error == EPERM ? status_of(path) : std::nullopt;
    if (!status) {
        throw_errno(call, error);
    }
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", status->st_mode & 07777U);
    throw_errno(call, error,
                std::generic_category()
                    .message(error)
                    .append(": it belongs to user ")
                    .append(std::to_string(status->st_uid))
                    .append(", and its mode is ")
                    .append(mode.data()));
}

std::optional<Nameless> nameless_file(const Call& call, const std::string& name, std::size_t size,
                                      bool reserve) {
    if (status_of(shared_memory_path(name))) {
        return std::nullopt;
    }
    Nameless file;
    if (file.error() != 0) {
        throw_errno(call, file.error(),
                    "no file can be made in /dev/shm: " +
                        std::generic_category().message(file.error()));
    }
    if (size != 0) {
        resize_file(call, file.fd(), size, reserve);
    }
    return file;
}

void resize_file(const Call& call, int fd, std::size_t size, bool reserve) {
    const int error = resize(fd, size, reserve);
    if (error == ENOSPC) {
        throw_errno(call, error,
                    "there is no room for " + std::to_string(size) + " bytes in /dev/shm");
    }
    if (error == ENOMEM) {
        throw_errno(call, error,
                    "this process's control group has no memory left for " + std::to_string(size) +
                        " bytes");
    }
    if (error != 0) {
        throw_errno(call, error);
    }
}

} // namespace crex::detail
