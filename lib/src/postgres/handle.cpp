// SPDX-License-Identifier: BSL-1.0
#include "postgres/handle.hpp"

#include <cerrno>
#include <thread>

#include "common/errors.hpp"
#include "platform/cancellation.hpp"
#include "postgres/failures.hpp"

namespace crex::detail::postgres {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds between_looks = 45ms;

} // namespace

// Waits for the answer, so that what the handle had is free when its destructor has returned.
Handle::~Handle() {
    if (!session_.is_inherited()) {
        (void)session_.perform(kind_.close, Arguments{place_.handle}, place_.session);
    }
}

bool Handle::attach(const Call& call, std::uint64_t session, Place& place) {
    const CancellationHeld held;
    const std::lock_guard lock{mutex_};
    if (place_.session != session) {
        const Answer answer = kind_.attach(session_, object_, session);
        if (answer.fate() != Fate::answered || may_be_repeated(answer)) {
            return false;
        }
        if (answer.is_error()) {
            throw_failure(call, answer);
        }
        place_ = {answer.integer(0), session};
    }
    place = place_;
    return true;
}

bool Handle::is_time_to_look() {
    const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
    std::int64_t last = last_look_;
    return now - last >= between_looks.count() && last_look_.compare_exchange_strong(last, now);
}

void Handle::interrupt_waits() noexcept {
    if (session_.is_inherited()) {
        return;
    }
    const CancellationHeld held;
    is_closing_ = true;
    while (calls_ != 0) {
        session_.wake_waiters();
        std::this_thread::sleep_for(100us);
    }
}

} // namespace crex::detail::postgres
