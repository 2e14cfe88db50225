// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

#include "platform/file.hpp"

namespace crex::detail::postgres {

// What threads of a handle wait for, as the schema's table `waiter` says it; and the notification
// that a process has requested.
enum class Direction : char {
    message = 'r',
    room = 'w',
    permit = 'p',
    readiness = 'f',
    notification = 'n',
};

// A thread that waits in a call, from its first sleep on. The session wakes it: when the server
// notifies its handle, and when the connection is lost or there again.
class Waiter {
public:
    Waiter();

    // Readable once it was woken.
    [[nodiscard]] int fd() const { return event_.get(); }
    void wake(bool by_server) noexcept;

    // Forgets that it was woken. Call it before the attempt that is to see why.
    void begin_again() noexcept;

    // Whether the server has notified it since begin_again().
    [[nodiscard]] bool is_notified() const { return is_notified_; }

private:
    UniqueFd event_;
    std::atomic<bool> is_notified_{false};
};

} // namespace crex::detail::postgres
