// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include <sys/types.h>

namespace crash {

/// A forked copy of this process that runs `body` and ends with exit code 0, or 70 if `body` threw.
/// It is killed and reaped when this object goes out of scope, and killed when this process ends.
class Child {
public:
    explicit Child(const std::function<void()>& body);
    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Sends SIGKILL; the process is gone (reaped) on return. Returns the same values as wait().
    int kill();

    /// Waits for the end of the process: its exit code, or minus the signal that ended it.
    int wait();

    [[nodiscard]] bool running();

private:
    pid_t pid_;
    int status_ = 0;
};

/// While an object of this class lives, this process and the processes that it forks run on one
/// processor, where switching between them costs least.
class OnOneProcessor {
public:
    OnOneProcessor();
    ~OnOneProcessor();
    OnOneProcessor(const OnOneProcessor&) = delete;
    OnOneProcessor& operator=(const OnOneProcessor&) = delete;
};

} // namespace crash
