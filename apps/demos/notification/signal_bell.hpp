// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include <crex/message_queue.hpp>

// Notification by a signal. A handler that interrupts the program anywhere can do next to nothing,
// and cannot receive a message. So the signal is held back, and signalfd(2) tells when it has come.

namespace demo {

class SignalBell {
public:
    // Holds `number` back, in this thread and in those that it starts.
    explicit SignalBell(int number);
    ~SignalBell();
    SignalBell(const SignalBell&) = delete;
    SignalBell& operator=(const SignalBell&) = delete;

    // Sends each line that is typed, and calls `ring` when the signal comes: until `ring` returns
    // false, an empty line is typed, or the input ends. Then waits up to `patience` for a ring that
    // is still due.
    void listen(crex::MessageQueue& queue, crex::Timeout patience,
                const std::function<bool()>& ring) const;

private:
    void take_signal() const;
    [[nodiscard]] bool rings_within(crex::Timeout patience) const;

    int fd_;
};

} // namespace demo
