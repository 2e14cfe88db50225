// SPDX-License-Identifier: BSL-1.0
#include <crex/inventory.hpp>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <crex/limits.hpp>

#include "arguments.hpp"
#include "inspection.hpp"
#include "inventory/scan.hpp"
#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "queue/backend.hpp"
#include "robust/permits.hpp"
#include "robust/ring_memory.hpp"

namespace crex {

using detail::robust::ring_kind;
using detail::robust::Segment;
using detail::robust::semaphore_kind;

namespace detail {
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

// False when the name is reserved for other things. Throws std::invalid_argument for a bad one.
bool may_be_named(const Call& call, const NameRule& rule) {
    check_file_name(call, rule.longest);
    return rule.reserved_for(call.object) == nullptr;
}

} // namespace

std::optional<ObjectInfo> info_of(const Call& call, const std::string& path) {
    return info_of(call, AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW);
}

std::optional<ObjectInfo> info_of(const Call& call, int fd) {
    return info_of(call, fd, "", AT_EMPTY_PATH);
}

} // namespace detail

std::optional<ObjectInfo> inspect_semaphore(std::string_view name) {
    const detail::Call call{"inspect_semaphore", name};
    return detail::may_be_named(call, detail::semaphore_names)
               ? detail::info_of(call, detail::semaphore_path(std::string{name}))
               : std::nullopt;
}

std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name) {
    const detail::Call call{"inspect_robust_semaphore", name};
    detail::check_name(call, detail::robust_semaphore_names);
    return detail::info_of(call,
                           detail::shared_memory_path(Segment::file_name(semaphore_kind, name)));
}

std::optional<ObjectInfo> inspect_shared_memory(std::string_view name) {
    const detail::Call call{"inspect_shared_memory", name};
    return detail::may_be_named(call, detail::memory_names)
               ? detail::info_of(call, detail::shared_memory_path(std::string{name}))
               : std::nullopt;
}

std::optional<ObjectInfo> inspect_message_queue(std::string_view name, Backend backend) {
    const detail::CancellationHeld held;
    const detail::Call call{"inspect_message_queue", name};
    const auto& its_backend = detail::backend_of(backend);
    return detail::may_be_named(call, its_backend.names) ? its_backend.inspect(call) : std::nullopt;
}

std::optional<ObjectInfo> inspect_ring(std::string_view name) {
    const detail::Call call{"inspect_ring", name};
    detail::check_name(call, detail::ring_names);
    return detail::info_of(call, detail::shared_memory_path(Segment::file_name(ring_kind, name)));
}

Users users_of(ObjectId id) {
    const detail::CancellationHeld held;
    const detail::Sightings sightings = detail::look_for({id});
    Users users;
    users.complete = sightings.complete;
    for (const ObjectUser& user : sightings.users.at(id)) {
        users.pids.push_back(user.pid);
    }
    return users;
}

} // namespace crex
