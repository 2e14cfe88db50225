// SPDX-License-Identifier: BSL-1.0
#include "postgres/attempts.hpp"

#include <algorithm>
#include <cerrno>

#include "postgres/failures.hpp"

namespace crex::detail::postgres {

using namespace std::chrono_literals;
using Clock = Deadline::Clock;

namespace {

constexpr auto between_tries = 500ms;

} // namespace

Attempts::Attempts(Handle& handle, const Call& call, const Deadline& deadline, Signals signals,
                   Direction direction)
    : handle_{handle}, session_{handle.session()}, call_{call}, deadline_{deadline},
      signals_{signals}, direction_{direction}, looks_{handle.is_time_to_look()} {
    session_.check_process(call);
    handle_.enter();
}

Attempts::~Attempts() {
    deregister();
    registration_.reset();
    handle_.leave();
}

void Attempts::check_open() const {
    if (handle_.is_closing()) {
        throw_errno(call_, EBADF, "the handle was closed meanwhile");
    }
}

// A handle that was notified is no longer registered.
Place Attempts::begin() {
    for (;;) {
        check_open();
        if (!deadline_.is_immediate()) {
            is_registered_ = is_registered_ && !waiter().is_notified();
            waiter().begin_again(); // first: what happens from now on must not be missed
        }
        const std::uint64_t session = session_.number();
        if (session == 0) {
            wait_for_connection();
        } else if (handle_.attach(call_, session, place_)) {
            break;
        }
    }
    if (!deadline_.is_immediate()) {
        registration_->set(Session::Registration::Key{place_.handle, direction_});
    }
    return place_;
}

Waiter& Attempts::waiter() {
    if (!waiter_) {
        waiter_.emplace();
        registration_.emplace(session_, *waiter_);
        registration_->set(Session::Registration::Key{0, direction_});
    }
    return *waiter_;
}

void Attempts::wait_for_connection() {
    is_registered_ = false;
    if (deadline_.passed()) {
        throw_connection(call_, ECONNRESET, session_.last_error(), may_have_happened_);
    }
    if (!sleep(deadline_.left())) {
        check_fate();
        throw_errno(call_, EINTR);
    }
}

void Attempts::check_fate() const {
    if (may_have_happened_) {
        throw_connection(call_, ECONNRESET, session_.last_error(), true);
    }
}

bool Attempts::is_answered(const Answer& answer, bool is_repeatable) {
    if (answer.fate() == Fate::unknown) {
        if (!is_repeatable) {
            throw_connection(call_, ECONNRESET, answer.error(), true);
        }
        may_have_happened_ = true;
    }
    if (answer.fate() != Fate::answered || may_be_repeated(answer)) {
        return false;
    }
    if (answer.is_error()) {
        throw_failure(call_, answer);
    }
    return true;
}

// A permit ends the registration.
void Attempts::succeed() { is_registered_ = is_registered_ && direction_ != Direction::permit; }

bool Attempts::wait() {
    is_registered_ = is_registered_ || waits();
    if (deadline_.is_immediate() || is_last_ || deadline_.is_stopped()) {
        return false;
    }
    for (const auto next_look = Clock::now() + between_tries;;) {
        check_open();
        const auto now = Clock::now();
        is_last_ = deadline_.passed();
        if (deadline_.is_stopped()) {
            return false;
        }
        if (is_last_ || now >= next_look) {
            looks_ = true;
            return true;
        }
        if (!sleep(std::min<std::chrono::nanoseconds>(deadline_.left(), next_look - now))) {
            throw_errno(call_, EINTR);
        }
        if (waiter_->is_woken()) {
            looks_ = false;
            return true;
        }
    }
}

// False when a signal handler ends the wait.
bool Attempts::sleep(std::chrono::nanoseconds at_most) {
    return session_.sleep(waiter(), std::min<std::chrono::nanoseconds>(at_most, 1h),
                          signals_ == Signals::end_the_wait ? &wait_signals_ : nullptr);
}

// The server may have chosen this handle to wake, or to hand a permit to. Other threads of the
// process that wait for it keep the registration.
void Attempts::deregister() {
    if (!is_registered_ ||
        !session_.waits_alone(Session::Registration::Key{place_.handle, direction_})) {
        return;
    }
    if (direction_ == Direction::permit) {
        session_.post(statements::semaphore_leave, Arguments{place_.handle}, place_.session);
    } else {
        session_.post(statements::queue_leave,
                      Arguments{place_.handle, static_cast<char>(direction_)}, place_.session);
    }
}

} // namespace crex::detail::postgres
