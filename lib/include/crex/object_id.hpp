// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace crex {

/// Which object it is, whatever its name: the device and inode of the file behind it. A name that
/// is removed and made again gets another one.
struct ObjectId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    friend bool operator==(const ObjectId&, const ObjectId&) = default;
};

} // namespace crex
