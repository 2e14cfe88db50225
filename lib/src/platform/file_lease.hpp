// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>

namespace crex::detail {

// Whether a file is in use anywhere else, by the kernel's own count: it grants a write lease,
// F_SETLEASE of fcntl(2), only to the one open description that there is. Descriptors, mappings
// and descriptors on their way through a socket count, of all processes in all namespaces, whatever
// /proc shows. Only O_PATH does not.
//
// While the lease lasts, open(2) of the file waits for its end, and fails with EWOULDBLOCK when it
// was called with O_NONBLOCK. The kernel tells the holder by a signal, which this thread holds back
// and drops.
class FileLease {
public:
    enum class Others {
        none,
        some,    // or another process asks at this moment
        unknown, // only the file's owner and CAP_LEASE may ask, and only about a regular file
    };

    explicit FileLease(int fd);
    ~FileLease();
    FileLease(const FileLease&) = delete;
    FileLease& operator=(const FileLease&) = delete;

    // When the lease was asked for.
    [[nodiscard]] Others others() const { return others_; }

    // Whether a process has called open(2) since.
    [[nodiscard]] bool is_awaited() const;

private:
    void drop(int signal) const;

    int fd_;
    Others others_;
    sigset_t before_{};
    sigset_t pending_before_{};
};

} // namespace crex::detail
