// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "sysv/opening.hpp"

namespace crex::detail {

// How a set of semaphores is to be made, or found.
struct SetDescription {
    unsigned mode;
    std::size_t size;             // at least, of an existing one; 0 is any
    std::vector<unsigned> values; // of a new one; as many as it is to have semaphores
};

// Opens or makes the set.
std::optional<KeyAndId> open_set(KeyOpening& opening, const SetDescription& set);

// Throws std::invalid_argument for a value that no semaphore can have.
void check_value(const Call& call, unsigned value);

} // namespace crex::detail
