// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace bench {

// Throws Refused when so many pieces of memory, each so large, would take more than half of what
// the machine has available, or more than /dev/shm has free.
void require_memory(std::size_t size, std::size_t count);

} // namespace bench
