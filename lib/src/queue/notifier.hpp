// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "errors.hpp"
#include "platform/fork_safe_mutex.hpp"
#include "queue/notification.hpp"

// Telling a process that a message has come, for queues whose kernel does not: a thread stands by
// and looks.
//
// Of all who use a queue, one may be registered at a time. Registered is who holds the lock on one
// byte of the queue's file, so a death ends it. Telling ends it, too, and before anybody is told:
// whoever is told can ask again.

namespace crex::detail {

// What a look at the queue shows, to somebody who wants to be told of a message.
enum class Sight {
    nothing,   // of that kind
    contested, // one that somebody who waits may be about to take
    message,
};

// Looks at a queue, in the notifier's thread. May be there a little longer than the queue is, but
// looks no more then.
class Sentry {
public:
    virtual ~Sentry() = default;
    [[nodiscard]] virtual Sight look() noexcept = 0;

    // An epoll(7) descriptor that has an event when it is worth looking; -1 when nobody can know.
    [[nodiscard]] virtual int events() const noexcept { return -1; }
};

class Notifier {
public:
    // For the queue whose file that is, open for reading and writing, through a description that no
    // forked child shares (see reopen_as() in platform/file.hpp).
    explicit Notifier(int file) : file_{file} {}
    ~Notifier() { cancel(); }
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    // Tells, once, when the sentry that `post` makes has sighted a message. BusyError when
    // somebody else is to be told.
    void request(const Call& call, Notification notification,
                 const std::function<std::unique_ptr<Sentry>()>& post);

    // Tells no more, and looks no more, on return.
    void cancel() noexcept;

private:
    class Watch;

    int file_;
    ForkSafeMutex mutex_;
    std::shared_ptr<Watch> watch_;
};

} // namespace crex::detail
