// SPDX-License-Identifier: BSL-1.0
#include "robust/lock.hpp"

#include <algorithm>
#include <chrono>

#include <sched.h>

#include "platform/cpu.hpp"
#include "platform/futex.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr int tries_with_pause = 40;
constexpr int tries_with_yield = 8;
constexpr int longest_pause = 32;
constexpr std::chrono::nanoseconds shortest_nap = 1ms;
constexpr auto longest_nap = 50ms;
constexpr auto moment_in_any_case = 20ms;
constexpr auto stuck_after = 10s;

// Twice as long as the time before, up to a limit: every look takes the line of cache away from the
// one who is to let go.
void pause_after(int tries) {
    const int count = std::min(1 << std::min(tries, 16), longest_pause);
    for (int i = 0; i < count; ++i) {
        cpu_pause();
    }
}

// The time that somebody waits for a lock.
class Queueing {
public:
    Queueing(Lock& lock, const Participant& self, const Patience& patience)
        : lock_{lock}, self_{self}, patience_{patience}, turns_{lock.turns.load()} {}

    Locked wait() {
        for (;;) {
            std::uint32_t seen = lock_.word.load(std::memory_order_relaxed);
            if (seen == 0) {
                if (replace(seen)) {
                    return done(Locked::yes);
                }
            } else if (is_dead(Identity{seen})) {
                if (replace(seen)) {
                    return done(Locked::taken_over);
                }
            } else if (const Locked reason = reason_to_leave(seen); reason != Locked::yes) {
                return leave(reason);
            } else if (sleep(seen) == Slept::interrupted && may_be_interrupted()) {
                return leave(Locked::interrupted);
            }
        }
    }

private:
    bool replace(std::uint32_t seen) {
        return lock_.word.compare_exchange_strong(
            seen, self_.me().bits(), std::memory_order_acquire, std::memory_order_relaxed);
    }

    // The one wake-up that has come here was for all who sleep: the next to unlock goes on with it.
    Locked done(Locked how) {
        if (has_slept_) {
            lock_.sleepers.fetch_or(1);
        }
        return how;
    }

    // Likewise, but whoever has the lock may have let go of it before it could know.
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

    // The long question only once sleeping has become long, too.
    [[nodiscard]] bool is_dead(Identity holder) const {
        return nap_ < longest_nap ? self_.is_dead(holder) : self_.is_certainly_dead(holder);
    }

    Locked reason_to_leave(std::uint32_t seen) {
        if (patience_.called_off != nullptr && *patience_.called_off) {
            return Locked::called_off;
        }
        const auto now = Deadline::Clock::now();
        if (patience_.deadline.passed() && now - began_ >= moment_in_any_case) {
            return Locked::too_late;
        }
        const std::uint32_t turns = lock_.turns.load(std::memory_order_relaxed);
        if (turns != turns_ || nap_ < longest_nap) {
            turns_ = turns;
            unchanged_since_ = now;
        } else if (now - unchanged_since_ >= stuck_after) {
            unchanged_since_ = now;
            return self_.is_stopped(Identity{seen}) ? Locked::yes : Locked::stuck;
        }
        return Locked::yes;
    }

    [[nodiscard]] bool may_be_interrupted() const {
        return patience_.interruptible && !patience_.deadline.is_immediate();
    }

    Slept sleep(std::uint32_t seen) {
        has_slept_ = true;
        // Flag and ticket in one word: whoever lowers the flag from here on changes it.
        const std::uint32_t ticket = lock_.sleepers.fetch_or(1) | 1;
        const bool sure = heavy_fence();
        if (lock_.word.load(std::memory_order_seq_cst) != seen) {
            return Slept::woken;
        }
        const auto left =
            std::max<std::chrono::nanoseconds>(patience_.deadline.left(), moment_in_any_case);
        const auto slept =
            futex_wait(lock_.sleepers, ticket, std::min({sure ? nap_ : shortest_nap, left}));
        nap_ = std::min<std::chrono::nanoseconds>(2 * nap_, longest_nap);
        return slept;
    }

    Lock& lock_;
    const Participant& self_;
    const Patience& patience_;
    std::uint32_t turns_;
    bool has_slept_ = false;
    std::chrono::nanoseconds nap_ = shortest_nap;
    Deadline::Clock::time_point began_ = Deadline::Clock::now();
    Deadline::Clock::time_point unchanged_since_ = began_;
};

} // namespace

Locked lock(Lock& lock, const Participant& self, const Patience& patience) {
    // A holder on another processor lets go soon; one that was switched off on this one needs it.
    for (int i = 0; i < tries_with_pause + tries_with_yield; ++i) {
        if (lock.word.load(std::memory_order_relaxed) == 0 && try_lock(lock, self)) {
            return Locked::yes;
        }
        if (i < tries_with_pause) {
            pause_after(i);
        } else {
            sched_yield();
        }
    }
    const Locked result = Queueing{lock, self, patience}.wait();
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
