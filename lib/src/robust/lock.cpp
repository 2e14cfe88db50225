// SPDX-License-Identifier: BSL-1.0
#include "robust/lock.hpp"

#include <algorithm>
#include <chrono>

#include "platform/cpu.hpp"
#include "platform/futex.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr int tries_before_sleep = 100;
constexpr auto shortest_nap = 1ms;
constexpr auto longest_nap = 50ms;
constexpr auto moment_in_any_case = 20ms;
constexpr auto stuck_after = 10s;

// The time that somebody waits for a lock.
class Queueing {
public:
    Queueing(Lock& lock, const Participant& self, const Patience& patience)
        : lock_{lock}, self_{self}, patience_{patience}, turns_{lock.turns.load()} {}

    Locked wait() {
        for (;;) {
            std::uint32_t seen = lock_.word.load(std::memory_order_relaxed);
            if (seen == 0) {
                if (replace(seen, mark_)) {
                    return Locked::yes;
                }
            } else if (is_dead(Identity{seen})) {
                if (replace(seen, mark_ | somebody_sleeps)) {
                    return Locked::taken_over;
                }
            } else if (const Locked reason = reason_to_leave(seen); reason != Locked::yes) {
                return reason;
            } else if (sleep(seen) == Slept::interrupted && may_be_interrupted()) {
                return Locked::interrupted;
            }
        }
    }

private:
    bool replace(std::uint32_t seen, std::uint32_t by) {
        return lock_.word.compare_exchange_strong(seen, by, std::memory_order_acquire,
                                                  std::memory_order_relaxed);
    }

    // The long question only once sleeping has become long, too.
    [[nodiscard]] bool is_dead(Identity holder) const {
        return nap_ < longest_nap ? self_.is_dead(holder) : self_.is_certainly_dead(holder);
    }

    Locked reason_to_leave(std::uint32_t seen) {
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

    // Whoever has slept marks the lock as slept on when it gets it: there may be more of them.
    Slept sleep(std::uint32_t seen) {
        if ((seen & somebody_sleeps) == 0 && !replace(seen, seen | somebody_sleeps)) {
            return Slept::woken;
        }
        mark_ |= somebody_sleeps;
        const auto left = std::max<std::chrono::nanoseconds>(patience_.deadline.left(),
                                                             moment_in_any_case);
        const auto slept =
            futex_wait(lock_.word, seen | somebody_sleeps, std::min(nap_, left));
        nap_ = std::min<std::chrono::nanoseconds>(2 * nap_, longest_nap);
        return slept;
    }

    Lock& lock_;
    const Participant& self_;
    const Patience& patience_;
    std::uint32_t mark_ = self_.me().bits();
    std::uint32_t turns_;
    std::chrono::nanoseconds nap_ = shortest_nap;
    Deadline::Clock::time_point began_ = Deadline::Clock::now();
    Deadline::Clock::time_point unchanged_since_ = began_;
};

} // namespace

Locked lock_slowly(Lock& lock, const Participant& self, const Patience& patience) {
    for (int i = 0; i < tries_before_sleep; ++i) {
        std::uint32_t nobody = 0;
        if (lock.word.load(std::memory_order_relaxed) == 0 &&
            lock.word.compare_exchange_strong(nobody, self.me().bits(), std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
            return Locked::yes;
        }
        cpu_pause();
    }
    return Queueing{lock, self, patience}.wait();
}

void wake_sleeper(Lock& lock) { futex_wake_one(lock.word); }

} // namespace crex::detail::robust
