// SPDX-License-Identifier: BSL-1.0
#include "mqueue/transfer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "mqueue/open_queues.hpp"
#include "mqueue/outcome.hpp"

namespace crex::mqueue {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::system_clock;           // CLOCK_REALTIME
using Moment = std::chrono::duration<long double>; // since the epoch; has room for any timespec

// Nobody tells a thread inside crex that it is to be cancelled, or that the clock was set: so it
// comes out now and then to look. A signal that comes at that very moment is missed, so it had
// better not be in step with alarm(2).
constexpr auto between_looks = 700ms;

constexpr ssize_t not_yet = -ERESTART; // what no call answers

bool makes_sense(const timespec* until) {
    return until == nullptr ||
           (until->tv_sec >= 0 && until->tv_nsec >= 0 && until->tv_nsec < 1'000'000'000);
}

Moment left_until(const timespec& until) {
    return std::chrono::seconds{until.tv_sec} + Moment{std::chrono::nanoseconds{until.tv_nsec}} -
           Moment{Clock::now().time_since_epoch()};
}

Timeout until_next_look(const timespec* until) {
    return until == nullptr ? Timeout{between_looks}
                            : Timeout{std::min(left_until(*until), Moment{between_looks})};
}

// `attempt` waits at most as long as it is told, and says whether that was long enough.
template <class Attempt>
ssize_t attempted(const Descriptor& descriptor, const timespec* until, Attempt attempt) {
    if (attempt(descriptor.blocks() ? until_next_look(until) : do_not_wait)) {
        return 0;
    }
    if (!descriptor.blocks()) {
        return -EAGAIN;
    }
    return until != nullptr && left_until(*until) <= Moment::zero() ? -ETIMEDOUT : not_yet;
}

// The queue is held for as long as it takes: who waits goes on when the descriptor is closed.
template <class Attempt>
ssize_t persisted(const CancellationHeld& held, const Descriptor& descriptor, const timespec* until,
                  Attempt attempt) {
    ssize_t outcome = not_yet;
    while (outcome == not_yet) {
        held.let_in();
        outcome = outcome_of([&] { return attempted(descriptor, until, attempt); });
    }
    return outcome;
}

std::optional<Descriptor> found(mqd_t descriptor) {
    std::optional<Descriptor> its;
    (void)outcome_of([&] {
        its = OpenQueues::instance().find(descriptor);
        return 0;
    });
    return its;
}

} // namespace

ssize_t send(mqd_t descriptor, const char* bytes, size_t size, unsigned priority,
             const timespec* until) {
    if (!makes_sense(until) || priority > queue_priority_max) {
        return -EINVAL;
    }
    const CancellationHeld held; // until the queue is let go of, whose last user this may be
    const auto its = found(descriptor);
    if (!its || !its->writes()) {
        return -EBADF;
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
    const CancellationHeld held; // until the queue is let go of, whose last user this may be
    const auto its = found(descriptor);
    if (!its || !its->reads()) {
        return -EBADF;
    }
    if (size < its->queue->max_message_size()) {
        return -EMSGSIZE;
    }
    std::optional<ReceivedInto> received;
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
