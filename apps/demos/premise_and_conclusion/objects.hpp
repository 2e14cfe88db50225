// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <vector>

#include <crex/semaphore.hpp>
#include <crex/shared_memory.hpp>

#include "common/named_object.hpp"
#include "common/parameters.hpp"

namespace demo {

// The shared memory of the conversation and the semaphore that guards it.
struct Objects {
    std::vector<Creation> creations;  // both, for Premise, which removes them; else empty
    std::optional<crex::ObjectId> id; // the memory's, which finds its other users
    crex::Mapping memory;
    crex::Semaphore semaphore;
};

// For Premise, which holds the semaphore from the beginning: its value is 0. Throws LeftOver when
// the memory or the semaphore exists already.
Objects create_objects(const Parameters& parameters);

// For Conclusion. Throws crex::ExistentialError when they are not there within a second.
Objects open_objects(const Parameters& parameters);

} // namespace demo
