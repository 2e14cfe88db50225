// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include <sys/types.h>

namespace crash {

/// A forked copy of this process that runs `body` and ends with exit code 0, or 70 if that threw.
/// Killed and reaped when it goes out of scope, and killed with this process.
class Child {
public:
    explicit Child(const std::function<void()>& body);
    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// SIGKILL, and gone (reaped) on return; answers as wait() does.
    int kill();

    /// Waits for its end: its exit code, or minus the signal that ended it.
    int wait();

    [[nodiscard]] bool running();

private:
    pid_t pid_;
    int status_ = 0;
};

/// Keeps this process and those it forks meanwhile on one processor, where handing over to one
/// another costs least.
class OnOneProcessor {
public:
    OnOneProcessor();
    ~OnOneProcessor();
    OnOneProcessor(const OnOneProcessor&) = delete;
    OnOneProcessor& operator=(const OnOneProcessor&) = delete;
};

} // namespace crash
