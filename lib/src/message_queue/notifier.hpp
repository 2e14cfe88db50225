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

// Telling a process that a message has come, for queues whose kernel does not: a thread stands by
// and looks.
//
// Of all processes that use a queue, one may be registered at a time: the one that holds the lock
// on a byte of the queue's file, so its death ends that. Telling ends it, too, before the process
// is told, so that it can ask again.
//
// The request is the process's, whichever of its handles it was made through: any of them can take
// it back or replace it. The thread that looks does so through the handle of the first request.

namespace crex::detail {

// What a look at the queue shows, to somebody who wants to be told of a message.
enum class Probed {
    nothing,   // of that kind
    contested, // one that somebody who waits may be about to take
    message,
};

// Looks at a queue, in the notifier's thread. May be there a little longer than the queue is, but
// looks no more then.
class MessageProbe {
public:
    virtual ~MessageProbe() = default;
    [[nodiscard]] virtual Probed probe() noexcept = 0;

    // An epoll(7) descriptor that has an event when it is worth looking; -1 when nobody can know.
    [[nodiscard]] virtual int events() const noexcept { return -1; }
};

// One for each handle.
class Notifier {
public:
    // For the queue that has this id, and whose file that is, open for reading and writing, through
    // a description that no forked child shares (see reopen_as() in platform/file.hpp).
    Notifier(int file, ObjectId id) : file_{file}, id_{id} {}
    ~Notifier() { end(); }
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    // Tells, once, when the probe that `make_probe` makes has found a message. If this process
    // is to be told already, `second` says what becomes of that. BusyError when another process is.
    void request(const Call& call, Notification notification, SecondRequest second,
                 const std::function<std::unique_ptr<MessageProbe>()>& make_probe);

    // Takes back this process's request, whichever handle it was made through. If a message has
    // come before, it is still told of that.
    void cancel() noexcept;

    // The same, but only if this handle has made the request, or it looks through this one. Looks
    // no more on return.
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
