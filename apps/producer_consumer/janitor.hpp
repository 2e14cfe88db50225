// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include <sys/types.h>

namespace demo {

// A process that does one thing when this one has gone, also if it was killed and could not do it
// itself: for what the kernel would keep until the machine is restarted.
//
// Does it, too, when the Janitor goes out of scope. Belongs to the process that made it; what a
// forked child has of it does nothing, if the child never comes to its end (see Crew).
class Janitor {
public:
    explicit Janitor(const std::function<void()>& clean_up);
    ~Janitor();
    Janitor(const Janitor&) = delete;
    Janitor& operator=(const Janitor&) = delete;

private:
    pid_t pid_;
};

} // namespace demo
