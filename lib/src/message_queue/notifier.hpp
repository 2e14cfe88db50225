// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <crex/message_queue.hpp>
#include <crex/object_id.hpp>

#include "common/errors.hpp"
#include "message_queue/notification.hpp"
#include "platform/fork_safe_mutex.hpp"

// Notifying a process of a message, for queues for which the kernel does not do it: a thread of the
// process probes the queue.
//
// Of all processes that use a queue, only one can be registered at a time: the process that holds
// the lock on a byte of the queue's file. So its death ends the registration. A notification ends
// it, too, just before the process is notified, so that the process can make another request.
//
// A request belongs to the process, not to the handle: any handle of the process can withdraw or
// replace it. The thread probes the queue through the handle of the first request.

namespace crex::detail {

// What a probe of the queue finds.
enum class Probed {
    nothing,   // to notify of
    contested, // a message that a waiting receiver may be about to take
    message,
};

// Probes a queue, in the notifier's thread. It may exist a little longer than the queue, but is not
// used then.
class MessageProbe {
public:
    virtual ~MessageProbe() = default;
    [[nodiscard]] virtual Probed probe() noexcept = 0;

    // An epoll(7) descriptor that has an event when a probe is worthwhile; -1 if there is none.
    [[nodiscard]] virtual int events() const noexcept { return -1; }
};

// Every handle has one.
class Notifier {
public:
    // For the queue with this id, whose file is open as `file`, for reading and writing, through a
    // description that no forked child shares (see reopen_as() in platform/file.hpp).
    Notifier(int file, ObjectId id) : file_{file}, id_{id} {}
    ~Notifier() { end(); }
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    // Notifies once, when the probe that `make_probe` makes has found a message. If this process
    // has made a request already, `second` decides: it is replaced, or BusyError is thrown. Throws
    // BusyError when another process has made one.
    void request(const Call& call, Notification notification, SecondRequest second,
                 const std::function<std::unique_ptr<MessageProbe>()>& make_probe);

    // Withdraws this process's request, whichever handle has made it. The process is still notified
    // of a message that came before.
    void cancel() noexcept;

    // Withdraws the request if this handle has made it, or if the thread probes through this
    // handle. On return, the thread no longer does.
    void end() noexcept;

private:
    class Watch;
    class Requests;
    class RequestsOfProcess;

    static RequestsOfProcess& of_process();

    int file_;
    ObjectId id_;
    ForkSafeMutex mutex_;
    std::shared_ptr<Requests> requests_; // from the first request of this handle on
};

} // namespace crex::detail
