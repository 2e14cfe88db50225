// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

#include "harness/shared_state.hpp"
#include "subjects/subject.hpp"

namespace bench {

// The parameters of every measurement.
struct Setting {
    std::string object;   // the name of the queue
    double seconds = 0.2; // about how long the measurement should take

    // The name of a second queue, where one is needed.
    [[nodiscard]] std::string answers() const { return object + ".answers"; }

    // The name of one of many more.
    [[nodiscard]] std::string other(std::size_t index) const {
        return object + "." + std::to_string(index);
    }
};

// Removes an object that is in use, so that nothing is left behind whatever happens. Otherwise it
// is removed after the measurement.
template <class Subject> void remove_early(const std::string& object) {
    if constexpr (Subject::unlinks) {
        Subject::remove(object);
    }
}

template <class Queue>
Shape create_noting(SharedState& shared, const std::string& object, const Shape& wanted) {
    const Shape got = Queue::create(object, wanted);
    if (got.capacity != wanted.capacity) {
        shared.note("with a capacity of " + std::to_string(got.capacity));
    }
    return got;
}

} // namespace bench
