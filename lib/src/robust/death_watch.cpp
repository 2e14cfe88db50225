// SPDX-License-Identifier: BSL-1.0
#include "robust/death_watch.hpp"

#include <algorithm>

#include "platform/deadline.hpp"
#include "platform/sleep_monitor.hpp"

namespace crex::detail::robust {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr unsigned thoroughly_every = 20;

} // namespace

bool nobody_lives(const Participant& self) {
    for (std::size_t entry = 0; entry < self.seats(); ++entry) {
        const Identity who = self.at(entry);
        if (!who.is_nobody() && !self.is_certainly_dead(who)) {
            return false;
        }
    }
    return true;
}

bool holder_died(const Participant& self, bool thoroughly) {
    const std::size_t end = thoroughly ? self.seats() : self.seats_used();
    for (std::size_t entry = 0; entry < end; ++entry) {
        if (const Identity who = self.holder_at(entry);
            !who.is_nobody() && (thoroughly ? self.is_certainly_dead(who) : self.is_dead(who))) {
            return true;
        }
    }
    return false;
}

bool is_held_by_dead(const Lock& lock, const Participant& self, bool thoroughly) {
    const std::uint32_t word = lock.word.load(relaxed);
    return word != 0 &&
           (thoroughly ? self.is_certainly_dead(Identity{word}) : self.is_dead(Identity{word}));
}

DeathWatch::DeathWatch(const Participant& self, std::initializer_list<const Lock*> locks)
    : self_{self} {
    std::copy(locks.begin(), locks.end(), locks_.begin());
}

bool DeathWatch::sees_somebody_dead() noexcept {
    return look((looks_.fetch_add(1, relaxed) + 1) % thoroughly_every == 0);
}

bool DeathWatch::look(bool thoroughly) const noexcept {
    return holder_died(self_, thoroughly) ||
           std::any_of(locks_.begin(), locks_.end(), [&](const Lock* lock) {
               return lock != nullptr && is_held_by_dead(*lock, self_, thoroughly);
           });
}

bool DeathWatch::sees_somebody_dead_now_and_then() noexcept {
    const std::int64_t now = Deadline::Clock::now().time_since_epoch().count();
    std::int64_t last = last_.load(relaxed);
    constexpr std::chrono::nanoseconds period = recheck_period;
    return now - last >= period.count() && last_.compare_exchange_strong(last, now) &&
           sees_somebody_dead();
}

} // namespace crex::detail::robust
