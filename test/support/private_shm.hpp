// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

namespace test {

/// Gives this process and its child processes an empty /dev/shm of their own of this size ("64k"),
/// until the process ends. All files in it are then theirs. False where that is not permitted.
bool enter_private_shm(const std::string& size);

/// The number of files in /dev/shm, and of its pages in use. Unnamed files have pages, too.
std::size_t files_in_shm();
std::size_t pages_in_use_in_shm();

} // namespace test
