// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>

#include "platform/sleep_monitor.hpp"
#include "robust/lock.hpp"
#include "robust/participant.hpp"

// Detecting, without any lock, that a participant of a robust object has died.

namespace crex::detail::robust {

// Whether certainly no participant lives.
bool nobody_lives(const Participant& self);

// Whether a participant that holds something (see ParticipantEntry) is dead. Only those are asked
// about, so this costs almost nothing while nothing is held. For `thoroughly` see
// Participant::is_dead_by_any_sign().
bool holder_died(const Participant& self, bool thoroughly = false);

bool is_held_by_dead(const Lock& lock, const Participant& self, bool thoroughly = false);

// The repeated checks of a handle for deaths that leave something to recover. One check a second is
// thorough.
//
// Of the handles whose threads wait, one checks every 50 ms while anything is held: the watcher.
// All others check every 250 ms: they see which one watches, and when it last checked. A watcher
// that holds something itself may be the next to die, so then another watches as well. While
// nothing is held, no handle watches; a handle that then takes something, or wakes a thread, alerts
// two monitors, which then check.
class DeathWatch {
public:
    DeathWatch(const Participant& self, std::initializer_list<const Lock*> locks);

    // The check of a thread that waits.
    [[nodiscard]] Finding watch() noexcept;

    // Called when a thread has waited: if this handle was the watcher, another must watch now.
    void resign() noexcept {
        if (is_watcher_.load(std::memory_order_relaxed)) [[unlikely]] {
            alert();
        }
    }

    // Called once this handle holds something, or has sent a wake-up: if no handle watches, or only
    // this one, another must.
    void alert_watcher() noexcept {
        if (self_.hints().unwatched.load(std::memory_order_relaxed) != 0 ||
            is_watcher_.load(std::memory_order_relaxed)) [[unlikely]] {
            alert();
        }
    }

    // The word that a monitor sleeps on while its threads need no frequent check.
    [[nodiscard]] std::atomic<std::uint32_t>* alerts() const noexcept {
        return &self_.hints().alerts;
    }

    [[nodiscard]] bool sees_death() noexcept;

    // Whether the death still matters: another thread may have dealt with it. Always thorough.
    [[nodiscard]] bool is_death_left() const noexcept { return check(true); }

    // For a thread that only tries and never waits. It checks at most once in short_recheck_period,
    // and else returns false.
    [[nodiscard]] bool sees_death_now_and_then() noexcept;

private:
    [[nodiscard]] bool check(bool thoroughly) const noexcept;
    [[nodiscard]] bool is_to_be_thorough(std::int64_t moment) noexcept;
    [[nodiscard]] bool is_anything_held(bool thoroughly) const noexcept;
    [[nodiscard]] bool is_watched_by_another(std::int64_t now) const noexcept;
    [[nodiscard]] bool stops_watching() noexcept;
    void alert() noexcept;
    void alert_others() const noexcept;

    const Participant& self_;
    std::array<const Lock*, 2> locks_{};
    std::atomic<std::int64_t> last_thorough_;
    std::atomic<std::int64_t> last_{0};
    std::atomic<bool> is_watcher_{false};
};

// The time in which a thread waits, and its handle may be the watcher.
class WatchingTime {
public:
    explicit WatchingTime(DeathWatch& watch) : watch_{watch} {}
    ~WatchingTime() { watch_.resign(); }
    WatchingTime(const WatchingTime&) = delete;
    WatchingTime& operator=(const WatchingTime&) = delete;

private:
    DeathWatch& watch_;
};

} // namespace crex::detail::robust
