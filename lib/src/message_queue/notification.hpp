// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include <signal.h>

namespace crex::detail {

// How a process is to be notified: by a signal to it, or by a call in a new thread.
class Notification {
public:
    Notification(int signal, void* value) : signal_{signal}, value_{value} {}
    // The function will run with the signal mask that the calling thread has now.
    explicit Notification(std::function<void()> function);

    [[nodiscard]] bool is_signal() const { return !function_; }
    [[nodiscard]] int signal() const { return signal_; }
    [[nodiscard]] void* value() const { return value_; }

    // Sends the signal, or calls the function in the calling thread, which should be a new one.
    void deliver() const;

private:
    int signal_ = 0;
    void* value_ = nullptr;
    std::function<void()> function_;
    sigset_t mask_{};
};

} // namespace crex::detail
