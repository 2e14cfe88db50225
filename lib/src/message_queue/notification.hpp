// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include <signal.h>

namespace crex::detail {

// How somebody wants to be told: by a signal to this process, or by a call in a new thread.
class Notification {
public:
    Notification(int signal, void* value) : signal_{signal}, value_{value} {}
    // To be called with the signal mask that this thread has now.
    explicit Notification(std::function<void()> function);

    [[nodiscard]] bool is_signal() const { return !function_; }
    [[nodiscard]] int signal() const { return signal_; }
    [[nodiscard]] void* value() const { return value_; }

    // Tells. By a call, in this very thread, which should be a new one.
    void deliver() const;

private:
    int signal_ = 0;
    void* value_ = nullptr;
    std::function<void()> function_;
    sigset_t mask_{};
};

} // namespace crex::detail
