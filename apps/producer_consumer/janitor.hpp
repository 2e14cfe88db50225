// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <vector>

#include <sys/types.h>

namespace demo {

// A process that cleans up when this one has gone, also if that was killed and could not do so
// itself: for what the kernel would otherwise keep until the machine is restarted.
//
// Cleans up, too, when the Janitor goes out of scope; not for a forked child to come to.
class Janitor {
public:
    using Task = std::function<void()>;

    // Does all of the tasks, whether or not one throws.
    explicit Janitor(const std::vector<Task>& tasks);
    ~Janitor();
    Janitor(const Janitor&) = delete;
    Janitor& operator=(const Janitor&) = delete;

private:
    pid_t pid_;
};

} // namespace demo
