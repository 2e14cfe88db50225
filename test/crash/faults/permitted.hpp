// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>

#include "support/expect.hpp"

namespace surroundings {

/// For tests that the machine does not permit: an ordinary run skips them, a soak must fail.
inline void skip_or_fail(const std::string& reason) {
    test::skip(reason);
    BOOST_TEST(std::getenv("CREX_SOAK") == nullptr, "not proved: " << reason);
}

} // namespace surroundings
