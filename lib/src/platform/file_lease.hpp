// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>

namespace crex::detail {

// Whether a file is in use anywhere else, by the kernel's own count. The kernel grants a kernel
// lease for writing (F_SETLEASE in fcntl(2)) only if the file has no other open description.
// Descriptors, mappings and descriptors in transit through a socket count, of all processes in all
// namespaces, whatever /proc shows. Only O_PATH does not.
//
// While the kernel lease lasts, open(2) of the file waits for its end, or with O_NONBLOCK fails
// with EWOULDBLOCK. The kernel tells the holder by a signal, which this thread blocks and discards.
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

    // Whether the file had other users when the kernel lease was requested.
    [[nodiscard]] Others others() const { return others_; }

    // Whether a process has called open(2) on the file since then.
    [[nodiscard]] bool is_awaited() const;

private:
    void drop(int signal) const;

    int fd_;
    Others others_;
    sigset_t before_{};
    sigset_t pending_before_{};
};

} // namespace crex::detail
