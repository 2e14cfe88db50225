// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include <pthread.h>
#include <time.h>

#include <crex/timeout.hpp>

#include "platform/sleep_monitor.hpp"

namespace crex::mqueue {

// The time left until a moment on the wall clock. Has room for any timespec.
using TimeLeft = std::chrono::duration<long double>;
TimeLeft left_until(const timespec& until) noexcept;

// A thread that waits in a call of <mqueue.h>, until the end of the scope.
//
// Two things that the queue does not know end such a wait: pthread_cancel(3), and the wall clock,
// which may be set. A thread that woke up periodically to look at them would miss a signal that
// comes just then. So a stop is requested: by pthread_cancel(3), of which this library has its own
// version, and by the monitor (platform/sleep_monitor.hpp), which looks at the clock.
class WaitingThread {
public:
    // If `until` is null, the thread waits for ever.
    explicit WaitingThread(const timespec* until);
    ~WaitingThread();
    WaitingThread(const WaitingThread&) = delete;
    WaitingThread& operator=(const WaitingThread&) = delete;

    // For how long to wait.
    [[nodiscard]] Timeout timeout() const;

private:
    friend class WaitingThreads;

    // Called by the monitor. Requests the stop itself, since there is no other reason.
    struct LookAtClock {
        const WaitingThread& thread;
        bool operator()() const noexcept;
    };

    const timespec* until_;
    pthread_t thread_ = pthread_self();
    std::uint64_t process_;
    std::stop_source source_;
    std::stop_token token_ = source_.get_token();
    WaitingThread* next_ = nullptr;
    WaitingThread* previous_ = nullptr;
    detail::MonitorUse monitor_;
    const detail::Deadline never_{no_timeout};
    LookAtClock look_at_clock_{*this};
    std::optional<detail::MonitoredSleep> monitored_; // last: the monitor uses the others
};

// To be called when a thread has been cancelled: ends its wait, if it is in one.
void end_wait_of(pthread_t thread) noexcept;

} // namespace crex::mqueue
