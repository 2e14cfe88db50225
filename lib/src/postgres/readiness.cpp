// SPDX-License-Identifier: BSL-1.0
#include "postgres/readiness.hpp"

#include "platform/cancellation.hpp"
#include "postgres/attempts.hpp"

namespace crex::detail::postgres {

int Readiness::fd(const Call& call) {
    handle_.session().check_process(call);
    const CancellationHeld held;
    const std::lock_guard lock{mutex_};
    if (!descriptor_) {
        descriptor_ = std::make_unique<Descriptor>(handle_.session());
    }
    ask(call);
    return descriptor_->waiter.fd();
}

void Readiness::refresh(const Call& call) {
    const CancellationHeld held;
    const std::lock_guard lock{mutex_};
    if (descriptor_) {
        ask(call);
    }
}

// Begins again before it asks: a notification that comes after the answer shows again.
void Readiness::ask(const Call& call) {
    const Deadline deadline{handle_.session().patience()};
    for (Attempts attempts{handle_, call, deadline, Signals::are_ignored, Direction::readiness};;) {
        const Place place = attempts.begin();
        descriptor_->registration.set(
            Session::Registration::Key{place.handle, Direction::readiness});
        descriptor_->waiter.begin_again();
        const Answer answer =
            handle_.session().perform(is_ready_, Arguments{place.handle}, place.session);
        if (attempts.is_answered(answer, true)) {
            if (answer.flag(0)) {
                descriptor_->waiter.wake(false);
            }
            return;
        }
    }
}

} // namespace crex::detail::postgres
