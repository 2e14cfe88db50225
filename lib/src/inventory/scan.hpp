// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unordered_map>
#include <vector>

#include <crex/inventory.hpp>

// One look at every process, for any number of objects.

namespace crex::detail {

struct IdHash {
    std::size_t operator()(const ObjectId& id) const noexcept {
        return std::hash<std::uint64_t>{}(id.inode * 0x9E37'79B9'7F4A'7C15 ^ id.device);
    }
};

// Who uses them, of the objects that were asked for. System V's shared memory has device 0.
struct Sightings {
    std::unordered_map<ObjectId, std::vector<ObjectUser>, IdHash> users;

    // Whether every process there is could be looked into.
    bool complete = true;
};

Sightings look_for(const std::vector<ObjectId>& objects);

} // namespace crex::detail
