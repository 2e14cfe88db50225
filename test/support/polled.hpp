// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <poll.h>

namespace test {

/// The result of poll(2) for the descriptor: POLLIN and POLLOUT.
inline int polled(int fd, int milliseconds = 0) {
    pollfd it{fd, POLLIN | POLLOUT, 0};
    return ::poll(&it, 1, milliseconds) < 0 ? -1 : it.revents & (POLLIN | POLLOUT);
}

inline bool is_readable(int fd) { return (polled(fd) & POLLIN) != 0; }
inline bool is_writable(int fd) { return (polled(fd) & POLLOUT) != 0; }

/// Waits until the descriptor is readable. False when it is not readable even after a long time.
inline bool becomes_readable(int fd) {
    pollfd it{fd, POLLIN, 0};
    return ::poll(&it, 1, 20'000) == 1;
}

} // namespace test
