// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <vector>

#include <crex/semaphore.hpp>
#include <crex/shared_memory.hpp>

#include "conversation/named_object.hpp"
#include "conversation/parameters.hpp"

namespace demo {

// The memory they write in and the semaphore that guards it.
struct Objects {
    std::vector<Creation> creations;  // both, for Premise, who removes them; else empty
    std::optional<crex::ObjectId> id; // the memory's, by which to find who else has it mapped
    crex::Mapping memory;
    crex::Semaphore semaphore;
};

// For Premise, who owns the semaphore from the beginning: its value is 0. Throws LeftOver when
// there is such memory or such a semaphore already.
Objects create_objects(const Parameters& parameters);

// For Conclusion. Throws crex::ExistentialError when they are not there within a second.
Objects open_objects(const Parameters& parameters);

} // namespace demo
