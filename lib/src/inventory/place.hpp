// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/inventory.hpp>

#include "platform/file.hpp"

namespace crex::detail {

// The directory that an object's file is in, and the file's name there.
struct Place {
    UniqueFd directory;
    std::string file;

    [[nodiscard]] bool holds(const ObjectId& id) const;
    [[nodiscard]] std::string path() const; // in the directory of shared memory
};

// For an object that has a file, so not for one of System V. If the directory cannot be opened, its
// descriptor is -1 and errno is set.
Place place_of(const Object& object);

} // namespace crex::detail
