// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace crash {

/// Gives this process, and those it forks, an empty /dev/shm of their own: so that whatever is in
/// it is theirs. It stays until the process ends.
class PrivateShm {
public:
    /// False where that is not permitted.
    static bool enter();

    /// Files in it, and pages in use, which also unnamed files have.
    static std::size_t files();
    static std::size_t pages_in_use();
};

} // namespace crash
