// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "platform/cancellation.hpp"
#include "platform/deadline.hpp"
#include "postgres/session.hpp"

// What goes over the session's connection, and which thread reads it.

namespace crex::detail::postgres {

using Clock = Pipeline::Clock;

// A call of perform(), from before it is sent on, with the mutex locked at its beginning and end.
class Session::Caller {
public:
    Caller(Session& session, Request& call) : session_{session}, call_{call} {
        session_.callers_.push_back(&call_);
        session_.watch();
    }
    // If it has polled, another call must, best the one that is likely to wait longest.
    ~Caller() {
        std::erase(session_.callers_, &call_);
        if (session_.callers_.empty()) {
            session_.watch();
        } else if (!session_.is_polled_) {
            session_.callers_.back()->changed.notify_one();
        }
    }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

private:
    Session& session_;
    Request& call_;
};

bool Session::is_connected(std::uint64_t session) const {
    return number_ != 0 && number_ == session;
}

Answer Session::perform(const Statement& statement, Arguments arguments, std::uint64_t session) {
    const CancellationHeld held;
    const auto call = std::make_shared<Request>(statement, std::move(arguments));
    std::unique_lock lock{mutex_};
    if (!is_connected(session)) {
        return Answer{Fate::not_begun, last_error_};
    }
    const Caller caller{*this, *call};
    send(call);
    while (!call->is_done) {
        if (!is_polled_) {
            poll_socket(lock);
        } else if (call->changed.wait_for(lock, between_looks()) == std::cv_status::timeout) {
            read(); // the other thread may be kept from it, as by a signal handler that takes long
        }
    }
    return std::move(call->answer);
}

void Session::post(const Statement& statement, Arguments arguments, std::uint64_t session) {
    const auto call = std::make_shared<Request>(statement, std::move(arguments));
    const std::lock_guard lock{mutex_};
    if (is_connected(session)) {
        send(call);
    }
}

// While libpq writes, it may read, too: what it has read then, no poll shows.
void Session::send(const RequestPointer& call) {
    if (number_ == 0) {
        call->end(Answer{Fate::not_begun, last_error_});
    } else if (!pipeline_->send(call)) {
        lose(pipeline_->error());
    } else if (!pipeline_->is_all_sent()) {
        read();
    }
}

// Reads before it judges: a process that was stopped finds the answers that came while it was.
void Session::read() {
    if (number_ == 0) {
        return;
    }
    const bool is_open = pipeline_->read();
    take_notifications();
    if (!is_open) {
        lose(pipeline_->error());
    } else if (is_silent()) {
        lose("the server has not answered for two thirds of `patience`");
    } else {
        end_poll(); // another thread's: its call may be done, or there may be more to send
        watch();
    }
}

void Session::take_notifications() {
    std::string text; // "HANDLE DIRECTION", unless it is from a stranger
    while (pipeline_->next_notification(text)) {
        std::uint64_t handle = 0;
        std::from_chars(text.data(), text.data() + text.size(), handle);
        const Registration::Key key{handle, text.empty() ? Direction{} : Direction{text.back()}};
        const auto [begin, end] = waiters_.equal_range(key);
        std::for_each(begin, end, [](const auto& each) { each.second->wake(true); });
    }
}

// Waits until the server says something, for the calls under way, and reads it.
void Session::poll_socket(std::unique_lock<std::mutex>& lock) {
    const short events = pipeline_->is_all_sent() ? POLLIN : POLLIN | POLLOUT;
    std::array<pollfd, 2> sources{{{pipeline_->socket(), events, 0}, {end_poll_.get(), POLLIN, 0}}};
    is_polled_ = true;
    lock.unlock();
    poll(sources.data(), sources.size(), static_cast<int>(between_looks().count()));
    lock.lock();
    is_polled_ = false;
    if (sources[1].revents != 0) {
        eventfd_t count = 0;
        eventfd_read(end_poll_.get(), &count);
    }
    poll_has_ended_.notify_all();
    read();
}

void Session::end_poll() noexcept {
    if (is_polled_) {
        eventfd_write(end_poll_.get(), 1);
    }
}

bool Session::sleep(Waiter& waiter, std::chrono::nanoseconds time, WaitSignals* signals) {
    const CancellationHeld held;
    std::array<pollfd, 2> sources{{{waiter.fd(), POLLIN, 0}, {-1, POLLIN, 0}}};
    std::unique_lock lock{mutex_};
    if (waiter.is_woken()) {
        return true;
    }
    if (sleeper_ == nullptr) {
        sleeper_ = &waiter;
        sources[1].fd = sleepers_watch_.fd();
        watch();
    }
    lock.unlock();
    bool result = true;
    if (signals != nullptr) {
        result = signals->sleep(sources, time);
    } else {
        const timespec limit = Deadline::to_timespec(time);
        ppoll(sources.data(), sources.size(), &limit, nullptr);
    }
    lock.lock();
    if (sleeper_ == &waiter) {
        sleeper_ = nullptr;
        if (sources[1].revents != 0 && callers_.empty()) {
            read();
        }
        watch();
    }
    return result;
}

// Decides which thread polls the socket.
void Session::watch() {
    if (!pipeline_) {
        return;
    }
    const bool is_needed = number_ != 0 && callers_.empty();
    const std::uint32_t events = !is_needed                 ? 0
                                 : pipeline_->is_all_sent() ? EPOLLIN
                                                            : EPOLLIN | EPOLLOUT;
    const int socket = pipeline_->socket();
    if (!sleepers_watch_.set(socket, sleeper_ != nullptr ? events : 0) ||
        !threads_watch_.set(socket, sleeper_ == nullptr ? events : 0)) {
        lose(std::generic_category().message(errno));
    }
}

// The connection is lost, with the calls under way. The thread does the rest.
void Session::lose(const std::string& why) {
    if (number_ == 0) {
        return;
    }
    last_error_ = why;
    number_ = 0;
    socket_ = pipeline_->socket(); // none if libpq has closed it
    loss_matters_ = held_ > 0;
    pipeline_->lose(why);
    end_poll();
    wake_thread();
}

// The server counts the patience from when it has heard of this process last, which is after
// alive_at(). It is over here first, provided that a call was under way: if this process was
// stopped, the server may have heard of it all the time.
bool Session::is_silent() const {
    if (number_ == 0 || pipeline_->is_empty()) {
        return false;
    }
    const auto now = Clock::now();
    const auto waited = now - pipeline_->oldest();
    return waited > patience_ * 2 / 3 ||
           (held_ > 0 && waited > patience_ / 4 && now - pipeline_->alive_at() > patience_ * 2 / 3);
}

void Session::beat() {
    if (number_ != 0 && held_ > 0 && pipeline_->is_empty() &&
        Clock::now() - pipeline_->alive_at() > patience_ / 3) {
        send(std::make_shared<Request>(statements::heartbeat, Arguments{}));
    }
}

} // namespace crex::detail::postgres
