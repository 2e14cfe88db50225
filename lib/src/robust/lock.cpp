// SPDX-License-Identifier: BSL-1.0
#include "robust/lock.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <sched.h>

#include "platform/cpu.hpp"
#include "platform/futex.hpp"
#include "platform/sleep_monitor.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr int tries_with_pause = 40;
constexpr int tries_with_yield = 8;
constexpr int longest_pause = 32;
constexpr std::chrono::nanoseconds nap_without_fence = 1ms;
constexpr auto thorough_after = 50ms;
constexpr auto moment_in_any_case = 20ms;
constexpr auto stuck_after = 10s;

// Pauses twice as long as the time before, up to a limit: every check takes the cache line away
// from the holder, which needs it to unlock.
void pause_after(int tries) {
    const int count = std::min(1 << std::min(tries, 16), longest_pause);
    for (int i = 0; i < count; ++i) {
        cpu_pause();
    }
}

bool yield_is_long() {
    constexpr std::chrono::microseconds too_long{40};
    const auto before = Deadline::Clock::now();
    sched_yield();
    return Deadline::Clock::now() - before > too_long;
}

// The wait of one thread for a lock.
class Queueing {
public:
    Queueing(Lock& lock, const Participant& self, const WaitOptions& wait_options)
        : lock_{lock}, self_{self}, options_{wait_options}, turns_{lock.turns.load()} {}

    Locked wait() {
        const auto has_reason = [this] { return this->has_reason(); };
        std::optional<MonitoredSleep> sleep;
        for (bool is_late = false;;) {
            std::uint32_t seen = lock_.word.load(std::memory_order_relaxed);
            if (seen == 0) {
                if (replace(seen)) {
                    return done(Locked::yes);
                }
            } else if (is_held_by_dead(seen)) {
                if (replace(seen)) {
                    return done(Locked::taken_over);
                }
            } else if (is_called_off()) {
                return leave(Locked::called_off);
            } else if (is_late || options_.deadline.is_stopped()) {
                return leave(Locked::too_late);
            } else if (is_stuck_.load()) {
                return leave(Locked::stuck);
            } else {
                if (!sleep) {
                    sleep.emplace(self_.monitor(), options_.deadline, Question{has_reason});
                }
                const Slept slept = sleep_while_held(*sleep, seen);
                if (slept == Slept::interrupted && may_be_interrupted()) {
                    return leave(Locked::interrupted);
                }
                is_late = slept == Slept::timed_out;
            }
        }
    }

private:
    bool replace(std::uint32_t seen) {
        return lock_.word.compare_exchange_strong(
            seen, self_.me().bits(), std::memory_order_acquire, std::memory_order_relaxed);
    }

    // A wake-up lowers the flag and wakes one thread. Others may sleep, so the next unlock must see
    // the flag.
    Locked done(Locked how) {
        if (has_slept_) {
            lock_.sleepers.fetch_or(1);
        }
        return how;
    }

    // Raises the flag for the other sleepers, too. But the holder may have unlocked before it could
    // see the flag: then this thread wakes one of them.
    Locked leave(Locked reason) {
        if (has_slept_) {
            lock_.sleepers.fetch_or(1);
            heavy_fence();
            if (lock_.word.load() == 0) {
                wake_sleeper(lock_);
            }
        }
        return reason;
    }

    [[nodiscard]] bool is_called_off() const {
        return options_.called_off != nullptr && *options_.called_off;
    }

    [[nodiscard]] bool may_be_interrupted() const {
        return options_.interruptible && !options_.deadline.is_immediate();
    }

    // The slow check is made only once the wait is long, too.
    [[nodiscard]] bool is_held_by_dead(std::uint32_t seen) const {
        const bool thoroughly = Deadline::Clock::now() - began_ >= thorough_after;
        return thoroughly ? self_.is_dead_by_any_sign(Identity{seen})
                          : self_.is_dead(Identity{seen});
    }

    // Called by the monitor's thread.
    bool has_reason() {
        if (options_.also_held != nullptr) {
            options_.also_held->turns.fetch_add(1, std::memory_order_relaxed);
        }
        const std::uint32_t seen = lock_.word.load(std::memory_order_relaxed);
        return seen == 0 || is_held_by_dead(seen) || is_called_off() || seems_stuck(seen);
    }

    // Only a holder that certainly runs is stuck. Any other may go on later, or is dying.
    bool seems_stuck(std::uint32_t seen) {
        const auto now = Deadline::Clock::now();
        const std::uint32_t turns = lock_.turns.load(std::memory_order_relaxed);
        if (turns != turns_ || now - unchanged_since_ >= stuck_after) {
            is_stuck_ = turns == turns_ && self_.is_certainly_running(Identity{seen});
            turns_ = turns;
            unchanged_since_ = now;
        }
        return is_stuck_;
    }

    [[nodiscard]] Deadline::Clock::time_point end() const {
        return std::max<Deadline::Clock::time_point>(options_.deadline.moment(),
                                                     began_ + moment_in_any_case);
    }

    Slept sleep_while_held(MonitoredSleep& sleep, std::uint32_t seen) {
        has_slept_ = true;
        // Flag and ticket are one word: lowering the flag from here on changes it.
        const std::uint32_t ticket = lock_.sleepers.fetch_or(1) | 1;
        const bool sure = heavy_fence();
        if (lock_.word.load(std::memory_order_seq_cst) != seen) {
            return Slept::woken;
        }
        return sleep.sleep(lock_.sleepers, ticket, end(),
                           sure ? std::chrono::nanoseconds::max() : nap_without_fence);
    }

    Lock& lock_;
    const Participant& self_;
    const WaitOptions& options_;
    bool has_slept_ = false;
    const Deadline::Clock::time_point began_ = Deadline::Clock::now();
    // Written only by the thread that calls has_reason().
    std::uint32_t turns_;
    Deadline::Clock::time_point unchanged_since_ = began_;
    std::atomic<bool> is_stuck_{false};
};

} // namespace

Locked lock(Lock& lock, const Participant& self, const WaitOptions& wait_options) {
    // A holder on another processor unlocks soon. One that was preempted on this processor needs
    // it.
    for (int i = 0; i < tries_with_pause + tries_with_yield; ++i) {
        if (lock.word.load(std::memory_order_relaxed) == 0 && try_lock(lock, self)) {
            return Locked::yes;
        }
        if (i < tries_with_pause) {
            pause_after(i);
        } else if (yield_is_long()) { // an unrelated program runs instead
            break;
        }
    }
    const Locked result = Queueing{lock, self, wait_options}.wait();
    if (result == Locked::yes || result == Locked::taken_over) {
        lock.turns.fetch_add(1, std::memory_order_relaxed);
    }
    return result;
}

void wake_sleeper(Lock& lock) {
    std::uint32_t seen = lock.sleepers.load(std::memory_order_relaxed);
    if ((seen & 1) != 0 && lock.sleepers.compare_exchange_strong(seen, seen + 1)) {
        futex_wake_one(lock.sleepers);
    }
}

} // namespace crex::detail::robust
