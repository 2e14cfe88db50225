// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <vector>

#include <sys/types.h>

namespace demo {

// A process that cleans up when this one has gone, also if that was killed and could not do so
// itself: for what the kernel would otherwise keep until the machine is restarted.
//
// Cleans up, too, when the CleanupProcess goes out of scope; not for a forked child to come to.
class CleanupProcess {
public:
    using Task = std::function<void()>;

    // Does all of the tasks, whether or not one throws.
    explicit CleanupProcess(const std::vector<Task>& tasks);
    ~CleanupProcess();
    CleanupProcess(const CleanupProcess&) = delete;
    CleanupProcess& operator=(const CleanupProcess&) = delete;

private:
    pid_t pid_;
};

} // namespace demo
