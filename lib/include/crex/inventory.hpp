// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <crex/export.hpp>
#include <crex/message_queue.hpp>

// What exists under a name, and who is using it.
//
// Nothing here opens an object for use or changes it.

namespace crex {

/// Which object it is, whatever its name: the device and inode of the file behind it. A name that
/// is removed and made again gets another one.
struct ObjectId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    friend bool operator==(const ObjectId&, const ObjectId&) = default;
};

/// What the system says of a named object.
struct ObjectInfo {
    ObjectId id;
    unsigned owner = 0; ///< user id
    unsigned mode = 0;  ///< permission bits
    /// Nothing where the file system does not keep it, as for the kernel's queues.
    std::optional<std::chrono::system_clock::time_point> created;
};

/// Who has an object open or mapped.
struct Users {
    std::vector<int> pids;

    /// False when some process could not be looked into (another user's, or in a PID namespace out
    /// of sight): then "nobody" only means "nobody we can see".
    bool complete = false;
};

/// What has that name; nothing when there is none, or what there is cannot be such an object (a
/// folder, a symbolic link). Nothing is read of what is in it: any shared memory of that name may
/// be a queue of the boost backend. Throws std::invalid_argument for a bad name, PermissionsError
/// where looking is forbidden (a kernel queue can be looked at by its readers).
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_semaphore(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_shared_memory(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_message_queue(std::string_view name,
                                                                          Backend backend);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_ring(std::string_view name);

/// Every process that has the object open or mapped now, this one included. Reads all of /proc:
/// milliseconds, not microseconds.
[[nodiscard]] CREX_EXPORT Users users_of(ObjectId id);

} // namespace crex
