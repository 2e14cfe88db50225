// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sstream>
#include <string>

#include <sys/stat.h>

namespace test {

/// The FIFO that belongs to the robust queue in that file, if anybody polls it (lib/LAYOUT.md).
/// Where a queue's users are all killed, or its file is unlinked by other means than crex's, it is
/// left behind.
inline std::string poll_fifo_of(const std::string& path_of_queue) {
    struct stat status {};
    stat(path_of_queue.c_str(), &status);
    std::ostringstream path;
    path << "/dev/shm/crex-poll." << std::hex << status.st_ino;
    return path.str();
}

} // namespace test
