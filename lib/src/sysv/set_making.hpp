// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "sysv/opening.hpp"

namespace crex::detail {

// Describes a set of semaphores to create or to open.
struct SetDescription {
    unsigned mode;
    std::size_t size;             // of an existing set, at least; 0 is any
    std::vector<unsigned> values; // of a new set, one for each semaphore
    bool read_only = false;       // needs no permission to change the values of an existing set
    bool operate_first = true;    // on a new set
};

// Opens or creates the set; see KeyOpening::perform().
std::optional<KeyAndId> open_set(KeyOpening& opening, const SetDescription& set);

// Throws std::invalid_argument for a value that no semaphore can have.
void check_value(const Call& call, unsigned value);

} // namespace crex::detail
