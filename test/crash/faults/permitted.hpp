// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>

#include "support/expect.hpp"

namespace surroundings {

/// For what the machine does not let us try: an ordinary run skips it, a soak must not.
inline void skip_or_fail(const std::string& reason) {
    test::skip(reason);
    BOOST_TEST(std::getenv("CREX_SOAK") == nullptr, "not proved: " << reason);
}

} // namespace surroundings
