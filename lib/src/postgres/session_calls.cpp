// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>

#include <poll.h>

#include "common/errors.hpp"
#include "platform/cancellation.hpp"
#include "postgres/session.hpp"

// What the threads of the process ask of the session, but for calls and waits.

namespace crex::detail::postgres {

void Session::check_process(const Call& call) const {
    if (is_inherited_) {
        throw_errno(call, ENOTSUP,
                    "the connection to the server belongs to the process that has forked this one");
    }
}

std::string Session::last_error() const {
    const std::lock_guard lock{mutex_};
    return last_error_;
}

std::uint64_t Session::wait_for_connection(const Deadline& deadline) {
    const CancellationHeld held;
    Waiter waiter;
    Registration registration{*this, waiter};
    registration.set(Registration::Key{0, Direction::readiness});
    while (number_ == 0 && !deadline.passed()) {
        waiter.begin_again();
        pollfd event{waiter.fd(), POLLIN, 0};
        if (number_ == 0) {
            poll(&event, 1, 100);
        }
    }
    return number_;
}

// In a forked child, the mutex may be locked for ever.
void Session::Registration::set(std::optional<Key> key) {
    if (session_.is_inherited()) {
        return;
    }
    const std::lock_guard lock{session_.mutex_};
    if (key_) {
        const auto [begin, end] = session_.waiters_.equal_range(*key_);
        session_.waiters_.erase(
            std::find_if(begin, end, [&](const auto& each) { return each.second == &waiter_; }));
    }
    if (key) {
        session_.waiters_.emplace(*key, &waiter_);
        session_.all_waiters_.insert(&waiter_);
    } else {
        session_.all_waiters_.erase(&waiter_);
    }
    key_ = key;
}

bool Session::waits_alone(const Registration::Key& key) const {
    const std::lock_guard lock{mutex_};
    return waiters_.count(key) <= 1;
}

void Session::on_loss(std::function<void()> function) {
    const std::lock_guard lock{mutex_};
    on_loss_ = std::move(function);
}

Session::Place Session::take_place() {
    const std::lock_guard lock{mutex_};
    Place place{lanes_, ++sequence_};
    if (free_lanes_.empty()) {
        ++lanes_;
    } else {
        place.lane = free_lanes_.back();
        free_lanes_.pop_back();
    }
    return place;
}

void Session::give_back_place(std::int32_t lane) {
    const std::lock_guard lock{mutex_};
    free_lanes_.push_back(lane);
}

void Session::count_held(int change) {
    if (held_.fetch_add(change) == 0 && is_idle_) {
        wake_thread();
    }
}

} // namespace crex::detail::postgres
