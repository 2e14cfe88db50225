// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

namespace test {

/// Gives this process, and those it starts, an empty /dev/shm of their own, with room for so much
/// ("64k"), until the process ends: so whatever is in it is theirs. False where that is not
/// permitted.
bool enter_private_shm(const std::string& size);

/// Files in /dev/shm, and pages in use there, which also unnamed files have.
std::size_t files_in_shm();
std::size_t pages_in_use_in_shm();

} // namespace test
