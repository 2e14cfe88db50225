// SPDX-License-Identifier: BSL-1.0
#include "robust_semaphore/core.hpp"

#include <algorithm>
#include <cerrno>

#include <crex/limits.hpp>

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr auto starved_after = 1ms;

// A starved thread that is woken takes its permit long before this time, unless it is dead or
// stopped.
constexpr std::chrono::nanoseconds handed_for = 20ms;

} // namespace

// One acquisition, from when it begins to wait. It is starved once it has waited for 1 ms and
// others were faster.
class RobustSemaphoreCore::Turn {
public:
    explicit Turn(RobustSemaphoreCore& core) : core_{core} {}
    ~Turn() {
        if (is_starved_ && !is_done_) {
            core_.take_back_handed(); // a permit may have been handed to this thread
        }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    [[nodiscard]] bool is_starved() const { return is_starved_; }
    [[nodiscard]] bool is_long() const { return Deadline::Clock::now() - began_ >= starved_after; }
    void was_in_vain() { is_starved_ = is_starved_ || is_long(); }
    void done() { is_done_ = true; }

private:
    RobustSemaphoreCore& core_;
    const Deadline::Clock::time_point began_ = Deadline::Clock::now();
    bool is_starved_ = false;
    bool is_done_ = false;
};

RobustSemaphoreCore::RobustSemaphoreCore(Segment segment, std::string_view name, bool while_linked)
    : segment_{std::move(segment)}, body_{*segment_.at<SemaphoreBody>(body_offset)},
      self_{segment_.fd(), segment_.participants(), segment_.forks_before()},
      permits_{body_, self_}, link_watch_{segment_, semaphore_kind, name, while_linked} {
    prepare_fences();
}

RobustSemaphoreCore::~RobustSemaphoreCore() {
    if (self_.joined() && permits_.mine() != 0) {
        try {
            self_.end_with_process();
            const Deadline soon{1s};
            under_lock({"", ""}, {soon, false}, [&] { permits_.forfeit(); });
            wake();
        } catch (const std::exception&) { // then they stay in the entry, as after a death
        }
    }
    self_.leave();
    if (self_.locks_for_process()) {
        segment_.leave_open();
    }
}

void RobustSemaphoreCore::begin(std::uint32_t permits) {
    body_.total.store(permits);
    body_.value.store(permits);
}

// Runs `body` under the lock, with the value right. False when the lock was not obtained in time.
template <class Body>
bool RobustSemaphoreCore::under_lock(const Call& call, const WaitOptions& wait_options, Body body,
                                     PassIfItWaits& pass) {
    try {
        LockGuard locked{body_.lock, self_};
        if (!locked) [[unlikely]] {
            pass.emplace(gate_);
            if (locked.acquire(self_, wait_options)) {
                permits_.recount();
            }
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

template <class Body>
void RobustSemaphoreCore::certainly_under_lock(const Call& call, Body body, PassIfItWaits& pass) {
    const Deadline never{no_timeout};
    under_lock(call, {never, false, &gate_.is_closing()}, body, pass);
}

void RobustSemaphoreCore::join(const Call& call) {
    const auto entry = robust::join(call, self_);
    if (entry == Participant::Entry::had) {
        return;
    }
    if (entry == Participant::Entry::taken_from_dead) {
        PassIfItWaits pass;
        certainly_under_lock(
            call, [&] { permits_.reclaim_inherited(); }, pass);
    }
    if (holder_died(self_) || is_held_by_dead(body_.lock, self_)) {
        const Deadline now{do_not_wait};
        reap(call, {now, false}); // else a thread that lacks a permit will
    }
}

bool RobustSemaphoreCore::acquire(const Call& call, const Deadline& deadline, Signals signals) {
    ensure_joined(call);
    if (acquire_at_once()) {
        return true;
    }
    const CallGate::Pass pass{gate_};
    const WaitOptions wait_options{deadline, signals == Signals::end_the_wait, &gate_.is_closing()};
    Turn turn{*this};
    for (bool first = true;; first = false) {
        auto taken = Permits::Taken::none;
        if (handed_in_vain()) {
            take_back_handed();
        }
        if (may_take(turn) && !under_lock(call, wait_options, [&] {
                taken = turn.is_starved() ? permits_.take_handed() : taken;
                taken = taken == Permits::Taken::none ? permits_.take() : taken;
            })) {
            return false;
        }
        if (is_mine(taken)) {
            turn.done();
            return true;
        }
        if (check_for_deaths(call, wait_options)) {
            continue;
        }
        if (!first) {
            turn.was_in_vain();
        }
        if (deadline.is_immediate() || (!first && deadline.passed()) ||
            !wait(call, wait_options, turn)) {
            return false;
        }
    }
}

bool RobustSemaphoreCore::may_take(const Turn& turn) const {
    return free() != 0 || (turn.is_starved() && handed() != 0);
}

bool RobustSemaphoreCore::handed_in_vain() const {
    return handed() != 0 && since_last_wake(body_.handed_over) >= handed_for;
}

// Does not wait for the lock: if it is held, the next thread that checks takes the permit back.
void RobustSemaphoreCore::take_back_handed() noexcept {
    if (handed() == 0) {
        return;
    }
    try {
        const Deadline now{do_not_wait};
        under_lock({"", ""}, {now, false}, [&] { permits_.take_back_handed(); });
        wake();
    } catch (const std::exception&) {
    }
}

bool RobustSemaphoreCore::wait(const Call& call, const WaitOptions& wait_options,
                               const Turn& turn) {
    const auto interrupted = [&] {
        if (wait_options.interruptible) {
            throw_errno(call, EINTR);
        }
    };
    return spin_.look(
               wait_options.deadline, queue_spin_default, [&] { return may_take(turn); },
               [](unsigned look) { return look == 0 ? 0U : 1U; }, AdaptiveSpin::no_progress,
               interrupted) ||
           sleep(call, wait_options, turn);
}

bool RobustSemaphoreCore::sleep(const Call& call, const WaitOptions& wait_options,
                                const Turn& turn) {
    std::atomic<bool> saw_death{false};
    const auto check = [&] {
        const Finding found = death_watch_.watch();
        if (found == Finding::reason) {
            saw_death = true;
        }
        if (saw_death || may_take(turn) || handed_in_vain() || !has_waiters(body_.available) ||
            link_watch_.sees_name_gone()) {
            return Finding::reason;
        }
        return handed() != 0 ? Finding::at_stake : found;
    };
    const WatchingTime watching{death_watch_};
    body_.available.sleepers.store(1); // a release checks this first
    Waiting waiting{turn.is_starved() ? body_.handed_over : body_.available, self_.monitor(),
                    wait_options.deadline, Question{check}, death_watch_.alerts()};
    for (;;) {
        if (gate_.is_closing()) {
            throw_closed_meanwhile(call);
        }
        if (may_take(turn) || handed_in_vain()) {
            return true;
        }
        if (wait_options.deadline.passed()) {
            return false;
        }
        link_watch_.check(call);
        if (waiting.sleep() == Slept::interrupted && wait_options.interruptible) {
            wake(); // instead of this one, which may have been woken for a permit
            throw_errno(call, EINTR);
        }
        if (saw_death.exchange(false) && death_watch_.is_death_left()) {
            reap(call, wait_options);
        }
        if (!turn.is_starved() && turn.is_long()) {
            return true; // and is starved, if it tries in vain
        }
        body_.available.sleepers.store(1);
        waiting.announce();
    }
}

void RobustSemaphoreCore::release(const Call& call, std::uint32_t count) {
    ensure_joined(call);
    self_.end_with_process(); // so that a death with the lock is noticed
    bool handed_over = false;
    PassIfItWaits pass;
    const auto body = [&] {
        if (const int error = why_not(count); error == EPERM) {
            throw_errno(call, error, "this handle holds " + std::to_string(permits_.mine()));
        } else if (error != 0) {
            throw_errno(call, error);
        }
        handed_over = give_back(count);
    };
    certainly_under_lock(call, body, pass);
    wake_after_release(handed_over);
}

void RobustSemaphoreCore::wake_waiter() {
    wake_one(has_waiters(body_.handed_over) ? body_.handed_over : body_.available);
    death_watch_.alert_watcher();
}

// Returns whether there are permits now. It waits for the lock only as long as its caller would:
// the holder may be stopped.
bool RobustSemaphoreCore::reap(const Call& call, const WaitOptions& wait_options) {
    under_lock(call, wait_options, [&] { permits_.reap_dead_participants(); });
    wake();
    return free() != 0;
}

bool RobustSemaphoreCore::check_for_deaths(const Call& call, const WaitOptions& wait_options) {
    return death_watch_.sees_death_now_and_then() && reap(call, wait_options);
}

std::uint32_t RobustSemaphoreCore::value(const Call& call) {
    ensure_joined(call);
    const Deadline now{do_not_wait};
    check_for_deaths(call, {now, false});
    return free() + handed();
}

std::uint32_t RobustSemaphoreCore::held(const Call& call) {
    ensure_joined(call);
    return permits_.mine();
}

// For polling. After an error it returns true, so that the next call reports the error.
bool RobustSemaphoreCore::is_open() noexcept {
    try {
        const Deadline now{do_not_wait};
        return free() != 0 || (death_watch_.sees_death() && reap({"", ""}, {now, false}));
    } catch (const std::exception&) {
        return true;
    }
}

std::vector<PermitHolder> RobustSemaphoreCore::holders(const Call& call) {
    ensure_joined(call);
    const CallGate::Pass pass{gate_};
    const Deadline never{no_timeout};
    reap(call, {never, false, &gate_.is_closing()});
    std::vector<PermitHolder> result;
    for (std::size_t entry = 0; entry < self_.entries(); ++entry) {
        const Identity identity = self_.at(entry);
        if (!identity.is_nobody() && self_.holding(identity) != 0 && !self_.is_dead(identity)) {
            result.push_back({self_.pid_of(identity), self_.holding(identity)});
        }
    }
    return result;
}

void RobustSemaphoreCore::interrupt_waits() noexcept {
    gate_.close({&body_.available, &body_.handed_over});
}

} // namespace crex::detail::robust
