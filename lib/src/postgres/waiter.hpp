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

// A thread that waits in a call, from before its first attempt on. The session wakes it: when the
// server notifies its handle, and when the connection is lost or there again.
class Waiter {
public:
    // Readable while it is woken. Made by the first call, for one thread: many calls never sleep.
    [[nodiscard]] int fd();

    void wake(bool by_server) noexcept;
    [[nodiscard]] bool is_woken() const { return is_woken_; }

    // Forgets that it was woken. Call it before the attempt that is to see why.
    void begin_again() noexcept;

    // Whether the server has notified it since begin_again().
    [[nodiscard]] bool is_notified() const { return is_notified_; }

private:
    UniqueFd event_;
    std::atomic<int> fd_{-1}; // of event_
    std::atomic<bool> is_woken_{false};
    std::atomic<bool> is_notified_{false};
};

} // namespace crex::detail::postgres
