// SPDX-License-Identifier: BSL-1.0
#include "notification/thread_bell.hpp"

#include "notification/ding.hpp"

namespace demo {

void ThreadBell::hang_up() {
    queue_.request_notification([bell = shared_from_this()] { bell->ring(); });
}

void ThreadBell::ring() {
    const std::lock_guard lock{mutex_}; // the next ring may come while this one still prints
    if (is_down_) {
        return;
    }
    if (rings_ == Rings::again_and_again) {
        hang_up(); // first, so that nothing is missed
    }
    dings_ += print_dings(queue_);
    rung_.notify_all();
}

void ThreadBell::take_down() {
    const std::lock_guard lock{mutex_};
    is_down_ = true;
    queue_.request_notification();
}

void ThreadBell::wait_for(std::size_t dings, std::chrono::duration<double> patience) {
    std::unique_lock lock{mutex_};
    rung_.wait_for(lock, patience, [&] { return dings_ >= dings; });
}

} // namespace demo
