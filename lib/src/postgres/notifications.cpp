// SPDX-License-Identifier: BSL-1.0
#include "postgres/notifications.hpp"

#include <cerrno>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>

#include <crex/error.hpp>

#include "platform/cancellation.hpp"
#include "platform/signals.hpp"
#include "postgres/asking.hpp"
#include "postgres/failures.hpp"
#include "postgres/handle.hpp"

namespace crex::detail::postgres {

// Shared with its thread, which is detached. Whether the request is pending, the server decides: a
// notification by the server only says that it is time to ask. With the mutex locked, it has a
// handle as long as it is pending.
class Notifications::Watch {
public:
    Watch(Handle& handle, std::int64_t number, Notification notification)
        : number_{number}, notification_{std::move(notification)}, host_{&handle}, maker_{&handle},
          registration_{std::in_place, handle.session(), waiter_} {
        registration_->set(Session::Registration::Key{number, Direction::notification});
    }

    // Makes the request at the server, and starts the thread.
    static void start(const Call& call, const std::shared_ptr<Watch>& watch) {
        watch->make(call);
        const SignalsHeld held;
        try {
            std::thread{[watch] { watch->run(); }}.detach();
        } catch (const std::system_error& error) {
            watch->cancel();
            throw_no_thread(call, error.code().value());
        }
    }

    [[nodiscard]] bool is_pending() {
        const std::lock_guard lock{mutex_};
        look();
        return host_ != nullptr;
    }

    // Replaces what is delivered. False when the request is no longer pending.
    [[nodiscard]] bool replace(Handle& maker, Notification& notification) {
        const std::lock_guard lock{mutex_};
        look();
        if (host_ != nullptr) {
            std::swap(notification_, notification);
            maker_ = &maker;
        }
        return host_ != nullptr;
    }

    void cancel() noexcept {
        const std::lock_guard lock{mutex_};
        if (host_ == nullptr) {
            return;
        }
        const Answer answer = host_->session().perform(
            statements::notification_cancel, Arguments{host_->number(), number_}, session_);
        is_told_ = answer.rows() != 0 && !answer.flag(0);
        end();
    }

    [[nodiscard]] bool belongs_to(const Handle& handle) {
        const std::lock_guard lock{mutex_};
        return host_ == &handle || (host_ != nullptr && maker_ == &handle);
    }

private:
    static constexpr int milliseconds_between_looks = 500;

    // If the connection is lost inside the call, the request may be there already, and in its own
    // way until the server has noticed the loss.
    void make(const Call& call) {
        const std::uint64_t first_session = host_->session().number();
        for (const Deadline deadline{host_->session().patience()};;) {
            try {
                (void)ask(*host_, call, statements::notification_request, [&](const Place& place) {
                    session_ = place.session;
                    return Arguments{place.handle, number_, false};
                });
                return;
            } catch (const BusyError&) {
                if (session_ == first_session || deadline.passed()) {
                    throw;
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }

    void run() {
        for (bool is_pending = true; is_pending;) {
            pollfd event{waiter_.fd(), POLLIN, 0};
            poll(&event, 1, milliseconds_between_looks);
            const std::lock_guard lock{mutex_};
            look();
            is_pending = host_ != nullptr;
        }
        if (is_told_) {
            notification_.deliver();
        }
    }

    // Finds out whether the request is pending. While there is no connection, it is.
    void look() noexcept {
        waiter_.begin_again(); // first: what happens from now on must not be missed
        try {
            Place place{};
            if (host_ != nullptr && host_->attach(call_, host_->session().number(), place)) {
                judge(place.session == session_ ? ask_server(place) : renew(place));
            }
        } catch (const std::exception&) { // the queue has been removed, or the right to use it
            end();
        }
    }

    [[nodiscard]] Answer ask_server(const Place& place) {
        return host_->session().perform(statements::notification_is_pending,
                                        Arguments{place.handle, number_}, place.session);
    }

    // In a new session. If another process has made a request by now, this one comes after it.
    [[nodiscard]] Answer renew(const Place& place) {
        Answer answer =
            host_->session().perform(statements::notification_request,
                                     Arguments{place.handle, number_, true}, place.session);
        if (answer.rows() != 0) {
            session_ = place.session;
        }
        return answer;
    }

    void judge(const Answer& answer) {
        constexpr std::string_view removed{"CX043"}; // see sql/2_sessions.sql
        is_told_ = answer.rows() != 0 && !answer.flag(0);
        if (is_told_ || answer.sqlstate() == removed) {
            end();
        }
    }

    void end() noexcept {
        registration_.reset();
        host_ = nullptr;
        waiter_.wake(false); // its thread
    }

    const Call call_{"MessageQueue::request_notification", ""};
    const std::int64_t number_;

    std::mutex mutex_;
    Notification notification_; // once it is not pending, only the thread uses it
    bool is_told_ = false;
    Handle* host_;              // through which the server is asked; null once it is not pending
    Handle* maker_;             // of the last request
    std::uint64_t session_ = 0; // in which the server knows the request
    Waiter waiter_;
    std::optional<Session::Registration> registration_;
};

void Notifications::request(const Call& call, Handle& handle, Notification notification,
                            SecondRequest second) {
    const CancellationHeld held;
    const std::lock_guard lock{mutex_};
    if (const auto found = watches_.find(handle.object()); found != watches_.end()) {
        if (second == SecondRequest::is_busy && found->second->is_pending()) {
            throw_errno(call, EBUSY, "this process has already asked to be notified");
        }
        if (second == SecondRequest::replaces && found->second->replace(handle, notification)) {
            return;
        }
    }
    auto watch = std::make_shared<Watch>(handle, ++last_number_, std::move(notification));
    Watch::start(call, watch);
    watches_.insert_or_assign(handle.object(), std::move(watch));
}

void Notifications::cancel(Handle& handle) noexcept {
    if (handle.session().is_inherited()) {
        return;
    }
    const CancellationHeld held;
    const std::lock_guard lock{mutex_};
    if (const auto found = watches_.find(handle.object()); found != watches_.end()) {
        found->second->cancel();
        watches_.erase(found);
    }
}

void Notifications::end(Handle& handle) noexcept {
    if (handle.session().is_inherited()) {
        return;
    }
    const CancellationHeld held;
    const std::lock_guard lock{mutex_};
    const auto found = watches_.find(handle.object());
    if (found != watches_.end() && found->second->belongs_to(handle)) {
        found->second->cancel();
        watches_.erase(found);
    }
}

} // namespace crex::detail::postgres
