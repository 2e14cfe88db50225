// SPDX-License-Identifier: BSL-1.0
#include "robust/death_watch.hpp"

#include "platform/deadline.hpp"
#include "robust/event_count.hpp"

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

bool somebody_died(const Participant& self, bool thoroughly) {
    for (std::size_t entry = 0; entry < self.seats(); ++entry) {
        const Identity who = self.at(entry);
        if (!who.is_nobody() && (thoroughly ? self.is_certainly_dead(who) : self.is_dead(who))) {
            return true;
        }
    }
    return false;
}

bool somebody_left_something(const Participant& self) {
    for (std::size_t entry = 0; entry < self.seats(); ++entry) {
        const Identity who = self.at(entry);
        if (!who.is_nobody() && self.holds_something(who) && self.is_dead(who)) {
            return true;
        }
    }
    return false;
}

bool is_held_by_the_dead(const Lock& lock, const Participant& self) {
    const Identity holder{lock.word.load(relaxed)};
    return !holder.is_nobody() && self.is_dead(holder);
}

bool DeathWatch::sees_somebody_dead() {
    const unsigned look = looks_.fetch_add(1, relaxed) + 1;
    return somebody_died(self_, look % thoroughly_every == 0);
}

bool DeathWatch::sees_somebody_dead_now_and_then() {
    const std::int64_t now = Deadline::Clock::now().time_since_epoch().count();
    std::int64_t last = last_.load(relaxed);
    constexpr std::chrono::nanoseconds period = recheck_period;
    return now - last >= period.count() && last_.compare_exchange_strong(last, now) &&
           sees_somebody_dead();
}

} // namespace crex::detail::robust
