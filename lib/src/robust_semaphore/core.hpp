// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <crex/robust_semaphore.hpp>

#include "robust/adaptive_spin.hpp"
#include "robust/call_gate.hpp"
#include "robust/death_watch.hpp"
#include "robust/link_watch.hpp"
#include "robust/segment.hpp"
#include "robust_semaphore/permits.hpp"
#include "robust_semaphore/remote.hpp"

namespace crex::detail::robust {

// A handle on a robust semaphore: acquiring with its waiting, and releasing.
class RobustSemaphoreCore {
public:
    // Has no entry yet; see ensure_joined(). `while_linked` as in RobustSemaphoreOptions.
    RobustSemaphoreCore(Segment segment, std::string_view name, bool while_linked);
    // Its permits come back as those of the dead do.
    ~RobustSemaphoreCore();
    RobustSemaphoreCore(const RobustSemaphoreCore&) = delete;
    RobustSemaphoreCore& operator=(const RobustSemaphoreCore&) = delete;

    // Makes a semaphore in a new segment, which is all zeros.
    void begin(std::uint32_t permits);

    // Claims an entry among the participants, unless this process has one.
    void ensure_joined(const Call& call) {
        if (!is_ready()) [[unlikely]] {
            join(call);
        }
    }

    [[nodiscard]] const Segment& segment() const { return segment_; }

    // The usual case: this process has an entry, the lock is free, and nothing speaks against it.
    // When they return false, the functions below must be called.
    bool acquire_at_once();
    bool release_at_once(std::uint32_t count);

    // False when the deadline passed first.
    bool acquire(const Call& call, const Deadline& deadline, Signals signals);
    void release(const Call& call, std::uint32_t count);

    // From now on, and until release(), this handle lives as long as any process has its file's
    // description, and not only as long as this process.
    void share() { self_.outlive_process(); }

    [[nodiscard]] bool previous_holder_died() const {
        return given_one_from_dead_ == self_.me().bits() && !self_.me().is_nobody();
    }
    [[nodiscard]] std::uint32_t value(const Call& call);
    [[nodiscard]] std::uint32_t held(const Call& call);
    [[nodiscard]] std::vector<PermitHolder> holders(const Call& call);

    // Whether a permit can be acquired now, as far as a check can tell.
    [[nodiscard]] bool is_open() noexcept;

    // Ends the waits of other threads, with ExistentialError. When it returns, they have left.
    void interrupt_waits() noexcept;

private:
    // For a call that passes the gate only when it waits.
    using PassIfItWaits = std::optional<CallGate::Pass>;

    template <class Body>
    bool under_lock(const Call& call, const WaitOptions& wait_options, Body body,
                    PassIfItWaits& pass);
    template <class Body>
    bool under_lock(const Call& call, const WaitOptions& wait_options, Body body) {
        PassIfItWaits pass;
        return under_lock(call, wait_options, body, pass);
    }
    template <class Body>
    void certainly_under_lock(const Call& call, Body body, PassIfItWaits& pass);
    // Whether this process has an entry, and this thread is not inside a lock.
    [[nodiscard]] bool is_ready() const { return locks_inside == 0 && self_.joined(); }

    bool is_mine(Permits::Taken taken);
    [[nodiscard]] int why_not(std::uint32_t count) const;
    bool give_back(std::uint32_t count);
    void wake_after_release(bool handed_over);
    class Turn;
    bool wait(const Call& call, const WaitOptions& wait_options, const Turn& turn);
    bool sleep(const Call& call, const WaitOptions& wait_options, const Turn& turn);
    [[nodiscard]] bool may_take(const Turn& turn) const;
    [[nodiscard]] bool handed_in_vain() const;
    void take_back_handed() noexcept;
    void join(const Call& call);
    bool check_for_deaths(const Call& call, const WaitOptions& wait_options);
    bool reap(const Call& call, const WaitOptions& wait_options);
    void wake();
    void wake_waiter();
    [[nodiscard]] std::uint32_t free() const { return body_.value.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t handed() const {
        return body_.handed.load(std::memory_order_relaxed);
    }

    Segment segment_;
    SemaphoreBody& body_;
    Participant self_;
    Permits permits_;
    AdaptiveSpin spin_;
    // This participant's identity if its last permit came from a dead one, else 0. A forked child
    // has another identity.
    std::atomic<std::uint32_t> given_one_from_dead_{0};
    CallGate gate_{self_};
    DeathWatch death_watch_{self_, {&body_.lock}};
    LinkWatch link_watch_;
};

inline bool RobustSemaphoreCore::acquire_at_once() {
    if (!is_ready()) [[unlikely]] {
        return false;
    }
    auto taken = Permits::Taken::none;
    if (const LockGuard locked{body_.lock, self_}; locked) {
        taken = permits_.take();
    }
    return is_mine(taken);
}

inline bool RobustSemaphoreCore::release_at_once(std::uint32_t count) {
    if (!is_ready() || self_.outlives_process()) [[unlikely]] {
        return false;
    }
    bool handed_over = false;
    {
        const LockGuard locked{body_.lock, self_};
        if (!locked || why_not(count) != 0) [[unlikely]] {
            return false;
        }
        handed_over = give_back(count);
    }
    wake_after_release(handed_over);
    return true;
}

inline bool RobustSemaphoreCore::is_mine(Permits::Taken taken) {
    if (taken == Permits::Taken::none) {
        return false;
    }
    const bool from_dead = taken == Permits::Taken::one_from_dead;
    given_one_from_dead_.store(from_dead ? self_.me().bits() : 0, std::memory_order_relaxed);
    if (has_waiters(body_.available)) [[unlikely]] {
        wake(); // another, if there is another permit
        death_watch_.alert_watcher();
    }
    return true;
}

// Under the lock. The error number that says why `count` permits cannot be released; else 0.
inline int RobustSemaphoreCore::why_not(std::uint32_t count) const {
    constexpr std::uint32_t most = SEM_VALUE_MAX;
    if (permits_.mine() < count && segment_.header().capacity == 0) {
        return EPERM;
    }
    return count > most - std::min(free(), most) ? EOVERFLOW : 0;
}

// Under the lock. True when a permit was handed over.
inline bool RobustSemaphoreCore::give_back(std::uint32_t count) {
    const std::uint32_t mine = permits_.mine();
    permits_.give_back(std::min(mine, count));
    if (count > mine) [[unlikely]] {
        permits_.add(count - mine);
    }
    const bool hands_over = has_waiters(body_.available) && has_waiters(body_.handed_over);
    if (hands_over) [[unlikely]] {
        permits_.hand_over();
    }
    return hands_over;
}

inline void RobustSemaphoreCore::wake_after_release(bool handed_over) {
    if (handed_over && !wake_one(body_.handed_over)) [[unlikely]] {
        take_back_handed(); // no thread slept there any more
    }
    wake();
}

// Wakes one waiting thread, which wakes the next if there is another permit.
inline void RobustSemaphoreCore::wake() {
    if (has_waiters(body_.available) && free() != 0) [[unlikely]] {
        wake_waiter();
    }
}

} // namespace crex::detail::robust
