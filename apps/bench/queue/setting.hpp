// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "queue/shared_state.hpp"
#include "queue/subject.hpp"

namespace bench {

// The parameters of every measurement.
struct Setting {
    std::string object;   // the name of the queue
    double seconds = 0.2; // about how long the measurement should take

    // The name of a second queue, where one is needed.
    [[nodiscard]] std::string answers() const { return object + ".answers"; }
};

template <class Queue>
Shape create_noting(SharedState& shared, const std::string& object, const Shape& wanted) {
    const Shape got = Queue::create(object, wanted);
    if (got.capacity < wanted.capacity) {
        shared.note("with a capacity of " + std::to_string(got.capacity));
    }
    return got;
}

} // namespace bench
