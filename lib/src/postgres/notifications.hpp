// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include <crex/message_queue.hpp>

#include "common/errors.hpp"
#include "message_queue/notification.hpp"

namespace crex::detail::postgres {

class Handle;

// The requests for notification that a session has made, at most one for each queue. The server
// keeps a request for one session at a time. Any handle of the session can withdraw or replace it.
class Notifications {
public:
    // As Queue::notify().
    void request(const Call& call, Handle& handle, Notification notification, SecondRequest second);

    // Withdraws the request for the handle's queue. The process is still notified of a message that
    // came before.
    void cancel(Handle& handle) noexcept;

    // Withdraws the request if it was made, or is kept, through this handle. On return, nothing
    // uses the handle.
    void end(Handle& handle) noexcept;

private:
    class Watch;

    std::mutex mutex_;
    std::map<std::int64_t, std::shared_ptr<Watch>> watches_; // by queue
    std::int64_t last_number_ = 0;
};

} // namespace crex::detail::postgres
