// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <vector>

#include <sys/types.h>

namespace demo {

// A process that cleans up when its parent has gone, also if the parent was killed and could not do
// so: for objects that the kernel would otherwise keep until the machine is restarted.
//
// It also cleans up when the CleanupProcess goes out of scope. A forked child must not reach that.
class CleanupProcess {
public:
    using Task = std::function<void()>;

    // Does all tasks, whether or not one of them throws.
    explicit CleanupProcess(const std::vector<Task>& tasks);
    ~CleanupProcess();
    CleanupProcess(const CleanupProcess&) = delete;
    CleanupProcess& operator=(const CleanupProcess&) = delete;

private:
    pid_t pid_;
};

} // namespace demo
