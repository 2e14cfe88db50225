// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/attempts.hpp"

#include <cerrno>

#include "message_queue/robust/claims.hpp"

namespace crex::detail::robust {

bool Attempts::next_with_care() {
    while (may_go_on()) {
        ++rounds_;
        outcome_ = Outcome::none;
        try {
            if (prepare()) {
                return true;
            }
        } catch (...) {
            failed();
        }
    }
    return false;
}

bool Attempts::may_go_on() {
    constexpr int patient_rounds = 64;
    switch (outcome_) {
    case Outcome::none:
        return rounds_ <= patient_rounds || !wait_options_.deadline.passed() || give_up();
    case Outcome::nothing:
        throw_if_there_will_be_none();
        if (free_laid_aside()) { // there may be room now
            return true;
        }
        recoveries_ = 0;
        return wait();
    case Outcome::too_late:
        break;
    }
    return give_up();
}

bool Attempts::wait() {
    const Deadline& deadline = wait_options_.deadline;
    if (event_ == nullptr || deadline.is_immediate()) {
        return core_.waits.recheck_after_try();
    }
    return (rounds_ == 1 || !deadline.passed()) &&
           core_.waits.wait(call_, wait_options_, *event_, mark_);
}

// A lock was held for too long. The caller of receive() takes that for an empty queue, and relies
// on being notified of what is there: lib/DESIGN.md, "Being told".
bool Attempts::give_up() const noexcept {
    auto& body = core_.memory.body();
    if (event_ == &body.not_empty) {
        body.emptied.fetch_add(1, std::memory_order_relaxed);
    }
    return false;
}

// True when the attempt may begin: the queue is whole, and its FIFO is open if it is polled.
bool Attempts::prepare() {
    status_ = core_.memory.status();
    if ((status_ & (needs_recovery | broken)) != 0) [[unlikely]] {
        core_.maintenance.recover_for_call(call_, wait_options_, recoveries_);
        return false;
    }
    if ((status_ & pollable) != 0 && !core_.polling.is_open()) [[unlikely]] {
        core_.maintenance.open_poll_fifo(call_, wait_options_);
    }
    return true;
}

bool Attempts::free_laid_aside() const noexcept { return robust::free_laid_aside(core_); }

void Attempts::refuse_if_shut_down() const {
    if ((status_ & shut_down) != 0) {
        throw_errno(call_, ESHUTDOWN, "the queue was shut down");
    }
}

void Attempts::throw_if_there_will_be_none() const {
    if ((status_ & shut_down) != 0 && event_ == &core_.memory.body().not_empty) {
        throw_errno(call_, ESHUTDOWN, "the queue was shut down, and has no more messages");
    }
}

void Attempts::failed() {
    try {
        throw;
    } catch (const NotLocked& failure) {
        if (failure.reason != Locked::too_late) {
            throw_not_locked(call_, failure.reason);
        }
        outcome_ = Outcome::too_late;
    } catch (const Damage&) { // the queue is marked, and will be recovered
        outcome_ = Outcome::none;
    }
}

} // namespace crex::detail::robust
