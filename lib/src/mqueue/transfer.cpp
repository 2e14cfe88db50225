// SPDX-License-Identifier: BSL-1.0
#include "mqueue/transfer.hpp"

#include <cerrno>
#include <optional>

#include "mqueue/open_queues.hpp"
#include "mqueue/outcome.hpp"
#include "mqueue/waiting_thread.hpp"

namespace crex::mqueue {
namespace {

constexpr ssize_t not_yet = -ERESTART; // no call returns this

bool makes_sense(const timespec* until) {
    return until == nullptr ||
           (until->tv_sec >= 0 && until->tv_nsec >= 0 && until->tv_nsec < 1'000'000'000);
}

// What a call returns, or not_yet to continue, after it has found no message, or no room.
ssize_t after_attempt(const Descriptor& descriptor) {
    const int flags = descriptor.flags();
    if (flags < 0) {
        return -EBADF;
    }
    return (flags & O_NONBLOCK) != 0 ? -EAGAIN : not_yet;
}

// `attempt` waits at most as long as it is told, and returns whether that was long enough.
template <class Attempt>
ssize_t waited(const WaitingThread& thread, const timespec* until, Attempt attempt) {
    if (attempt(thread.timeout())) {
        return 0;
    }
    return until != nullptr && left_until(*until) <= TimeLeft::zero() ? -ETIMEDOUT : not_yet;
}

// The handle is kept for the whole call: a waiting thread continues when the descriptor is closed.
// Once there is a WaitingThread, a cancellation ends its wait. So an earlier cancellation is looked
// for after that.
template <class Attempt>
ssize_t persisted(const CancellationHeld& held, const Descriptor& descriptor, const timespec* until,
                  Attempt attempt) {
    held.let_in();
    ssize_t outcome =
        outcome_of([&] { return attempt(do_not_wait) ? 0 : after_attempt(descriptor); });
    while (outcome == not_yet) {
        std::optional<WaitingThread> thread;
        outcome = outcome_of([&] { return thread.emplace(until), not_yet; });
        if (outcome == not_yet) {
            held.let_in();
            outcome = outcome_of([&] { return waited(*thread, until, attempt); });
        }
    }
    return outcome;
}

// 0, or minus an errno value.
ssize_t find(mqd_t descriptor, std::optional<Descriptor>& its) {
    return outcome_of([&] {
        its = OpenQueues::instance().find(descriptor);
        return its ? 0 : -EBADF;
    });
}

} // namespace

ssize_t send(mqd_t descriptor, const char* bytes, size_t size, unsigned priority,
             const timespec* until) {
    if (!makes_sense(until) || priority > queue_priority_max) {
        return -EINVAL;
    }
    const CancellationHeld held; // until the queue is released: this may be its last user
    std::optional<Descriptor> its;
    if (const ssize_t error = find(descriptor, its); error != 0 || !its->writes()) {
        return error != 0 ? error : -EBADF;
    }
    if (size > its->queue->max_message_size()) {
        return -EMSGSIZE;
    }
    return persisted(held, *its, until, [&](Timeout timeout) {
        return its->queue->handle().try_send_for(timeout, std::string_view{bytes, size}, priority);
    });
}

ssize_t receive(mqd_t descriptor, char* buffer, size_t size, unsigned* priority,
                const timespec* until) {
    if (!makes_sense(until)) {
        return -EINVAL;
    }
    const CancellationHeld held; // until the queue is released: this may be its last user
    std::optional<Descriptor> its;
    if (const ssize_t error = find(descriptor, its); error != 0 || !its->reads()) {
        return error != 0 ? error : -EBADF;
    }
    if (size < its->queue->max_message_size()) {
        return -EMSGSIZE;
    }
    std::optional<ReceivedMessage> received;
    const std::span room{reinterpret_cast<std::byte*>(buffer), size};
    const ssize_t outcome = persisted(held, *its, until, [&](Timeout timeout) {
        received = its->queue->handle().try_receive_into(room, timeout);
        return received.has_value();
    });
    if (outcome != 0) {
        return outcome;
    }
    if (priority != nullptr) {
        *priority = received->priority;
    }
    return static_cast<ssize_t>(received->size);
}

} // namespace crex::mqueue
