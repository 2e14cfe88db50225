// SPDX-License-Identifier: BSL-1.0
#include "inventory/directory.hpp"

#include <sys/stat.h>

namespace crex::detail {

void describe(Object& object, const struct stat& status) {
    object.id = {status.st_dev, status.st_ino};
    object.owner = status.st_uid;
    object.mode = status.st_mode & 07777U;
    if (S_ISREG(status.st_mode)) {
        object.size = static_cast<std::uint64_t>(status.st_size);
    }
}

std::optional<std::chrono::system_clock::time_point> birth_of(int directory, const char* file) {
    struct statx status {};
    if (statx(directory, file, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status) != 0 ||
        (status.stx_mask & STATX_BTIME) == 0) {
        return std::nullopt;
    }
    return std::chrono::system_clock::time_point{
        std::chrono::seconds{status.stx_btime.tv_sec} +
        std::chrono::microseconds{status.stx_btime.tv_nsec / 1000}};
}

} // namespace crex::detail
