// SPDX-License-Identifier: BSL-1.0
#include "robust/turnstile.hpp"

#include <algorithm>
#include <cerrno>
#include <thread>

#include <crex/limits.hpp>

namespace crex::detail::robust {

using namespace std::chrono_literals;

Turnstile::Turnstile(Segment segment)
    : segment_{std::move(segment)}, body_{*segment_.at<SemaphoreBody>(body_offset)},
      self_{segment_.fd(), segment_.participants(), segment_.forks_before()},
      permits_{body_, self_}, eagerness_{queue_spin_default} {
    prepare_fences();
}

Turnstile::~Turnstile() {
    if (self_.joined() && permits_.mine() != 0) {
        try {
            self_.end_with_process();
            const Deadline soon{1s};
            under_lock({"", ""}, {soon, false}, [&] { permits_.forfeit(); });
            wake();
        } catch (const std::exception&) { // then they are found in the seat of one who has left
        }
    }
    self_.leave();
    if (self_.locks_for_process()) {
        segment_.leave_open();
    }
}

void Turnstile::begin(std::uint32_t permits) {
    body_.total.store(permits);
    body_.value.store(permits);
}

// Runs `body` with the lock, and the value right. False when it could not be had in time.
template <class Body>
bool Turnstile::under_lock(const Call& call, const Patience& patience, Body body) {
    try {
        Hold hold{body_.lock, self_};
        if (!hold && hold.insist(self_, patience)) [[unlikely]] {
            permits_.recount();
        }
        body();
        return true;
    } catch (const NotLocked& failure) {
        if (failure.reason != Locked::too_late) {
            throw_not_locked(call, failure.reason);
        }
        return false;
    }
}

template <class Body> void Turnstile::certainly_under_lock(const Call& call, Body body) {
    const Deadline never{no_timeout};
    under_lock(call, {never, false}, body);
}

void Turnstile::sit_down(const Call& call) {
    const auto seat = take_seat(call, self_);
    if (seat == Participant::Seat::had) {
        return;
    }
    if (seat == Participant::Seat::taken_from_dead) {
        certainly_under_lock(call, [&] { permits_.settle_inheritance(); });
    }
    if (holder_died(self_) || is_held_by_dead(body_.lock, self_)) {
        const Deadline now{do_not_wait};
        bury_the_dead(call, {now, false}); // else whoever misses a permit will
    }
}

bool Turnstile::acquire(const Call& call, const Deadline& deadline, Signals signals) {
    enter(call);
    return acquire_at_once() || acquire_patiently(call, deadline, signals);
}

// Nearly always there is a permit, and nobody in the way.
bool Turnstile::acquire_at_once() {
    auto taken = Permits::Taken::none;
    if (const Hold hold{body_.lock, self_}; hold) {
        taken = permits_.take();
    }
    return is_mine(taken);
}

bool Turnstile::acquire_patiently(const Call& call, const Deadline& deadline, Signals signals) {
    const Presence presence{self_};
    const Patience patience{deadline, signals == Signals::end_the_wait, &closing_};
    for (bool first = true;; first = false) {
        auto taken = Permits::Taken::none;
        if (free() != 0 && !under_lock(call, patience, [&] { taken = permits_.take(); })) {
            return false;
        }
        if (is_mine(taken)) {
            return true;
        }
        if (look_for_the_dead(call, patience)) {
            continue;
        }
        if (deadline.is_immediate() || (!first && deadline.passed()) || !wait(call, patience)) {
            return false;
        }
    }
}

bool Turnstile::is_mine(Permits::Taken taken) {
    if (taken == Permits::Taken::none) {
        return false;
    }
    const bool from_dead = taken == Permits::Taken::one_from_dead;
    given_one_from_dead_.store(from_dead ? self_.me().bits() : 0, std::memory_order_relaxed);
    wake(); // somebody else, if there is another
    return true;
}

bool Turnstile::wait(const Call& call, const Patience& patience) {
    const auto interrupted = [&] {
        if (patience.interruptible) {
            throw_errno(call, EINTR);
        }
    };
    return eagerness_.look([&] { return free() != 0; }, interrupted) || sleep(call, patience);
}

bool Turnstile::sleep(const Call& call, const Patience& patience) {
    std::atomic<bool> somebody_died{false};
    const auto has_reason = [&] {
        if (death_watch_.sees_somebody_dead()) {
            somebody_died = true;
        }
        return somebody_died || free() != 0;
    };
    Waiting waiting{body_.available, self_.monitor(), patience.deadline, Question{has_reason}};
    for (;;) {
        if (closing_) {
            throw_closed_meanwhile(call);
        }
        if (free() != 0) {
            return true;
        }
        if (patience.deadline.passed()) {
            return false;
        }
        if (waiting.sleep() == Slept::interrupted && patience.interruptible) {
            throw_errno(call, EINTR);
        }
        if (somebody_died.exchange(false)) {
            bury_the_dead(call, patience);
        }
        waiting.announce();
    }
}

void Turnstile::release(const Call& call, std::uint32_t count) {
    enter(call);
    self_.end_with_process(); // lest we be taken for alive, killed with the lock
    certainly_under_lock(call, [&] {
        const std::uint32_t mine = permits_.mine();
        if (mine < count && segment_.header().capacity == 0) {
            throw_errno(call, EPERM, "this handle holds " + std::to_string(mine));
        }
        if (count > semaphore_value_max() - std::min(free(), semaphore_value_max())) {
            throw_errno(call, EOVERFLOW);
        }
        permits_.give_back(std::min(mine, count));
        if (count > mine) {
            permits_.add(count - mine);
        }
    });
    wake();
}

// One of those who wait; that one wakes the next if there is more than one permit.
void Turnstile::wake() {
    if (has_waiters(body_.available) && free() != 0) [[unlikely]] {
        wake_one(body_.available);
    }
}

// Whether there are permits now, some of them the dead ones' perhaps. It is no more patient than
// who asks for it: whoever has the lock may be stopped.
bool Turnstile::bury_the_dead(const Call& call, const Patience& patience) {
    under_lock(call, patience, [&] { permits_.bury_the_dead(); });
    wake();
    return free() != 0;
}

bool Turnstile::look_for_the_dead(const Call& call, const Patience& patience) {
    return death_watch_.sees_somebody_dead_now_and_then() && bury_the_dead(call, patience);
}

std::uint32_t Turnstile::value(const Call& call) {
    enter(call);
    const Deadline now{do_not_wait};
    look_for_the_dead(call, {now, false});
    return free();
}

std::uint32_t Turnstile::held(const Call& call) {
    enter(call);
    return permits_.mine();
}

// For somebody who polls; whatever goes wrong is for those who call.
bool Turnstile::is_open() noexcept {
    try {
        const Deadline now{do_not_wait};
        return free() != 0 ||
               (death_watch_.sees_somebody_dead() && bury_the_dead({"", ""}, {now, false}));
    } catch (const std::exception&) {
        return true;
    }
}

std::vector<PermitHolder> Turnstile::holders(const Call& call) {
    enter(call);
    const Deadline never{no_timeout};
    bury_the_dead(call, {never, false});
    std::vector<PermitHolder> result;
    for (std::size_t entry = 0; entry < self_.seats(); ++entry) {
        const Identity who = self_.at(entry);
        if (!who.is_nobody() && self_.holding(who) != 0 && !self_.is_dead(who)) {
            result.push_back({self_.pid_of(who), self_.holding(who)});
        }
    }
    return result;
}

void Turnstile::interrupt_waits() noexcept {
    closing_ = true;
    while (self_.joined() && self_.calls() != 0) {
        wake_all(body_.available);
        std::this_thread::sleep_for(100us);
    }
}

} // namespace crex::detail::robust
