// SPDX-License-Identifier: BSL-1.0
#include "robust/death_watch.hpp"

#include <algorithm>

#include "platform/deadline.hpp"
#include "platform/fence.hpp"
#include "platform/futex.hpp"

namespace crex::detail::robust {
namespace {

constexpr std::chrono::nanoseconds thoroughly_every = std::chrono::seconds{1};
constexpr std::chrono::nanoseconds watch_lasts = 2 * short_recheck_period;

} // namespace

bool nobody_lives(const Participant& self) {
    for (std::size_t entry = 0; entry < self.entries(); ++entry) {
        const Identity identity = self.at(entry);
        if (!identity.is_nobody() && !self.is_dead_by_any_sign(identity)) {
            return false;
        }
    }
    return true;
}

bool holder_died(const Participant& self, bool thoroughly) {
    const std::size_t end = thoroughly ? self.entries() : self.entries_used();
    for (std::size_t entry = 0; entry < end; ++entry) {
        if (const Identity holder = self.holder_at(entry);
            !holder.is_nobody() &&
            (thoroughly ? self.is_dead_by_any_sign(holder) : self.is_dead(holder))) {
            return true;
        }
    }
    return false;
}

bool is_held_by_dead(const Lock& lock, const Participant& self, bool thoroughly) {
    const std::uint32_t word = lock.word.load(relaxed);
    return word != 0 &&
           (thoroughly ? self.is_dead_by_any_sign(Identity{word}) : self.is_dead(Identity{word}));
}

DeathWatch::DeathWatch(const Participant& self, std::initializer_list<const Lock*> locks)
    : self_{self}, last_thorough_{monotonic_now()} {
    std::copy(locks.begin(), locks.end(), locks_.begin());
}

Finding DeathWatch::watch() noexcept {
    TableHints& hints = self_.hints();
    const std::int64_t moment = monotonic_now();
    const bool thoroughly = is_to_be_thorough(moment);
    if (!is_anything_held(thoroughly)) {
        (void)stops_watching();
        if (hints.unwatched.exchange(1) == 0) {
            (void)heavy_fence(); // a handle that takes something sees that, or is seen below
        }
        return is_anything_held(false) ? Finding::at_stake : Finding::nothing_at_stake;
    }
    if (is_watched_by_another(moment)) {
        is_watcher_ = false;
        return Finding::nothing_at_stake;
    }
    if (check(thoroughly)) {
        hints.watched_at = 0; // no handle relies on this one until that is dealt with
        return Finding::reason;
    }
    hints.watcher = self_.me().bits();
    hints.watched_at = moment;
    if (!is_watcher_.exchange(true) && self_.holds_something(self_.me())) {
        alert_others(); // they must not rely on this one
    }
    return Finding::at_stake;
}

bool DeathWatch::stops_watching() noexcept {
    const bool was_watcher = is_watcher_.exchange(false);
    if (was_watcher) {
        self_.hints().watched_at = 0;
    }
    return was_watcher;
}

void DeathWatch::alert() noexcept {
    const bool was_watcher = stops_watching();
    if (self_.hints().unwatched.exchange(0) != 0 || was_watcher) {
        alert_others();
    }
}

void DeathWatch::alert_others() const noexcept {
    alerts()->fetch_add(1);
    // Two of them: one may be the monitor of a thread that was just woken.
    futex_wake_one(*alerts());
    futex_wake_one(*alerts());
}

bool DeathWatch::is_anything_held(bool thoroughly) const noexcept {
    const std::size_t end = thoroughly ? self_.entries() : self_.entries_used();
    for (std::size_t entry = 0; entry < end; ++entry) {
        if (!self_.holder_at(entry).is_nobody()) {
            return true;
        }
    }
    return std::any_of(locks_.begin(), locks_.end(), [](const Lock* lock) {
        return lock != nullptr && lock->word.load(relaxed) != 0;
    });
}

// Unsigned, since the memory may contain any value.
bool DeathWatch::is_watched_by_another(std::int64_t moment) const noexcept {
    const TableHints& hints = self_.hints();
    const Identity watcher{hints.watcher.load(relaxed)};
    const auto since = static_cast<std::uint64_t>(moment) -
                       static_cast<std::uint64_t>(hints.watched_at.load(relaxed));
    return since < static_cast<std::uint64_t>(watch_lasts.count()) && watcher != self_.me() &&
           !watcher.is_nobody() && watcher.entry() < self_.entries() &&
           self_.at(watcher.entry()) == watcher && !self_.holds_something(watcher) &&
           !self_.is_dead(watcher);
}

bool DeathWatch::sees_death() noexcept { return check(is_to_be_thorough(monotonic_now())); }

bool DeathWatch::is_to_be_thorough(std::int64_t moment) noexcept {
    std::int64_t last = last_thorough_.load(relaxed);
    return moment - last >= thoroughly_every.count() &&
           last_thorough_.compare_exchange_strong(last, moment);
}

bool DeathWatch::check(bool thoroughly) const noexcept {
    return holder_died(self_, thoroughly) ||
           std::any_of(locks_.begin(), locks_.end(), [&](const Lock* lock) {
               return lock != nullptr && is_held_by_dead(*lock, self_, thoroughly);
           });
}

bool DeathWatch::sees_death_now_and_then() noexcept {
    const std::int64_t moment = monotonic_now();
    std::int64_t last = last_.load(relaxed);
    constexpr std::chrono::nanoseconds period = short_recheck_period;
    return moment - last >= period.count() && last_.compare_exchange_strong(last, moment) &&
           sees_death();
}

} // namespace crex::detail::robust
