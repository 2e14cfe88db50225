// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <sys/stat.h>

#include <crex/inventory.hpp>

// One look at every process, for any number of objects.

namespace crex::detail {

struct IdHash {
    std::size_t operator()(const ObjectId& id) const noexcept {
        return std::hash<std::uint64_t>{}(id.inode * 0x9E37'79B9'7F4A'7C15 ^ id.device);
    }
};

// A file without a name that a process uses.
struct Unlinked {
    std::string path; // the one that it had
    // If the file itself cannot be inspected, st_ino is 0, the owner is the process's, and the size
    // is what is mapped.
    struct stat status {};
    std::vector<ObjectUser> users;
};

// The processes that use the objects that were asked for. System V's shared memory has device 0.
struct Sightings {
    std::unordered_map<ObjectId, std::vector<ObjectUser>, IdHash> users;
    std::unordered_map<ObjectId, Unlinked, IdHash> unlinked;

    // Whether every process could be looked into.
    bool complete = true;
};

// Also finds files without a name on the file system `with_unlinked`, unless that is 0.
Sightings look_for(const std::vector<ObjectId>& objects, dev_t with_unlinked = 0);

} // namespace crex::detail
