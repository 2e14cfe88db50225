// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <stdexcept>

// What is measured: classes with the members of BoostQueue (boost_queue.hpp). They are template
// arguments and not a base class, so that nothing is added to what a call costs.

namespace bench {

struct Shape {
    std::size_t capacity = 1024; // messages
    std::size_t size = 64;       // bytes in each
};

struct Arrival {
    std::size_t size = 0;
    unsigned priority = 0;
};

// A subject cannot do what a scenario needs. It is reported, and is no failure.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace bench
