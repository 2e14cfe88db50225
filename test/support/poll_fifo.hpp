// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sstream>
#include <string>

#include <sys/stat.h>

namespace test {

/// The FIFO of the robust queue in that file, if the queue is polled (lib/LAYOUT.md). It is left
/// behind when all users of a queue are killed, or when its file is unlinked by other means than
/// crex's.
inline std::string poll_fifo_of(const std::string& path_of_queue) {
    struct stat status {};
    stat(path_of_queue.c_str(), &status);
    std::ostringstream path;
    path << "/dev/shm/crex-poll." << std::hex << status.st_ino;
    return path.str();
}

} // namespace test
