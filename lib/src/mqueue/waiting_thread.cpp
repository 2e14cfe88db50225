// SPDX-License-Identifier: BSL-1.0
#include "mqueue/waiting_thread.hpp"

#include <algorithm>
#include <mutex>
#include <new>

#include "platform/fork.hpp"
#include "platform/fork_safe_singleton.hpp"
#include "robust/lock_guard.hpp"

namespace crex::mqueue {

using namespace std::chrono_literals;
using detail::robust::InsideLock; // a handler's call would wait for this very thread

namespace {

constexpr TimeLeft without_monitor = 700ms; // until the next look at the clock

} // namespace

// The threads that wait, in a list that fork() finds unlocked.
class WaitingThreads {
public:
    void add(WaitingThread& one) noexcept {
        const std::lock_guard lock{mutex_};
        one.next_ = first_;
        if (first_ != nullptr) {
            first_->previous_ = &one;
        }
        first_ = &one;
    }

    void remove(WaitingThread& one) noexcept {
        const std::lock_guard lock{mutex_};
        (one.previous_ != nullptr ? one.previous_->next_ : first_) = one.next_;
        if (one.next_ != nullptr) {
            one.next_->previous_ = one.previous_;
        }
    }

    void end_wait_of(pthread_t thread) noexcept {
        const std::lock_guard lock{mutex_};
        for (WaitingThread* each = first_; each != nullptr; each = each->next_) {
            if (pthread_equal(each->thread_, thread) != 0) {
                each->source_.request_stop();
            }
        }
    }

    void in_forked_child() noexcept {
        new (&mutex_) std::mutex;
        first_ = nullptr;
    }

private:
    std::mutex mutex_;
    WaitingThread* first_ = nullptr;
    detail::AtForkChild watch_{*this};
};

namespace {

constinit detail::ForkSafeSingleton<WaitingThreads> threads;

} // namespace

TimeLeft left_until(const timespec& until) noexcept {
    const auto now = std::chrono::system_clock::now().time_since_epoch(); // CLOCK_REALTIME
    return std::chrono::seconds{until.tv_sec} + TimeLeft{std::chrono::nanoseconds{until.tv_nsec}} -
           TimeLeft{now};
}

WaitingThread::WaitingThread(const timespec* until)
    : until_{until}, process_{detail::process_epoch()} {
    const InsideLock inside;
    threads->add(*this);
    if (until_ != nullptr) {
        monitored_.emplace(monitor_, never_, detail::Question{look_at_clock_});
    }
}

// In a child that a signal handler has forked, this thread is not in the list.
WaitingThread::~WaitingThread() {
    const InsideLock inside;
    monitored_.reset();
    if (process_ == detail::process_epoch()) {
        threads->remove(*this);
    }
}

bool WaitingThread::LookAtClock::operator()() const noexcept {
    if (left_until(*thread.until_) <= TimeLeft::zero()) {
        thread.source_.request_stop();
    }
    return false;
}

Timeout WaitingThread::timeout() const {
    if (until_ == nullptr) {
        return token_;
    }
    const TimeLeft left = left_until(*until_);
    return {monitored_->is_monitored() ? left : std::min(left, without_monitor), token_};
}

void end_wait_of(pthread_t thread) noexcept {
    const InsideLock inside;
    threads->end_wait_of(thread);
}

} // namespace crex::mqueue
