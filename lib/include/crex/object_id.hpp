// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace crex {

/// Identifies an object, whatever its name: the device and inode of its file. If a name is removed
/// and created again, the new object has another id.
struct ObjectId {
    std::uint64_t device = 0; ///< of the file system, as in stat(2)
    std::uint64_t inode = 0;

    friend bool operator==(const ObjectId&, const ObjectId&) = default;
};

} // namespace crex
