// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>

namespace test {

/// Whether the suite is a soak: it tries everything that can be tried, however long that takes.
inline const bool thorough = std::getenv("CREX_THOROUGH") != nullptr;

} // namespace test
