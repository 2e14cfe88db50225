// SPDX-License-Identifier: BSL-1.0
#include "common/inspection.hpp"

#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace crex::detail {
namespace {

std::optional<ObjectInfo> info_of(const Call& call, int fd, const char* path, int flags) {
    struct statx status {};
    if (statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw_errno(call, errno);
    }
    if (!S_ISREG(status.stx_mode)) {
        return std::nullopt;
    }
    ObjectInfo info;
    info.id = {makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
    info.owner = status.stx_uid;
    info.mode = status.stx_mode & 07777U;
    if ((status.stx_mask & STATX_BTIME) != 0) {
        const auto& born = status.stx_btime;
        info.created = std::chrono::system_clock::time_point{
            std::chrono::seconds{born.tv_sec} + std::chrono::microseconds{born.tv_nsec / 1000}};
    }
    return info;
}

} // namespace

std::optional<ObjectInfo> info_of(const Call& call, const std::string& path) {
    return info_of(call, AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW);
}

std::optional<ObjectInfo> info_of(const Call& call, int fd) {
    return info_of(call, fd, "", AT_EMPTY_PATH);
}

} // namespace crex::detail
