// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>

#include "platform/sleep_monitor.hpp"
#include "robust/lock.hpp"
#include "robust/participant.hpp"

// Noticing that somebody who takes part in a robust object has died, without any lock.

namespace crex::detail::robust {

// Whether nobody takes part any more, for certain.
bool nobody_lives(const Participant& self);

// Whether a participant is dead that holds something (see ParticipantEntry). Only those are asked
// about, so this costs next to nothing while nothing is held. Thoroughly: see
// Participant::is_certainly_dead().
bool holder_died(const Participant& self, bool thoroughly = false);

// Whether the lock is held by a participant that is dead.
bool is_held_by_dead(const Lock& lock, const Participant& self, bool thoroughly = false);

// The looks that a handle takes again and again, one a second of them a thorough one: for deaths
// that leave something to be put right.
//
// Of the handles whose threads wait, one looks often while anything is held, the watcher, and all
// others seldom: they see which one watches, and when it last looked. A watcher that holds
// something itself may be the next to die, so then another watches as well. While nothing is held,
// no handle watches, and one that takes something, or wakes a thread, makes a sleeping thread look.
class DeathWatch {
public:
    // Of an object that has these locks.
    DeathWatch(const Participant& self, std::initializer_list<const Lock*> locks);

    // For a thread that waits.
    [[nodiscard]] Finding watch() noexcept;

    // When a thread has waited: if this handle was the watcher, another is to be it now.
    void hand_over() noexcept {
        if (is_watcher_.load(std::memory_order_relaxed)) [[unlikely]] {
            call();
        }
    }

    // Once this handle holds something, or has sent a wake-up: if none watches, or only this one,
    // another is to.
    void call_watcher() noexcept {
        if (self_.hints().unwatched.load(std::memory_order_relaxed) != 0 ||
            is_watcher_.load(std::memory_order_relaxed)) [[unlikely]] {
            call();
        }
    }

    // What a monitor sleeps on while its threads have nothing to look for often.
    [[nodiscard]] std::atomic<std::uint32_t>* calls() const noexcept {
        return &self_.hints().calls;
    }

    [[nodiscard]] bool sees_death() noexcept;

    // Whether it is so still: another thread may have put it right. Always thorough.
    [[nodiscard]] bool is_death_left() const noexcept { return look(true); }

    // For a thread that only ever tries, and so looks no more often than one that waits: at once
    // when it is the first time in a while, else false.
    [[nodiscard]] bool sees_death_now_and_then() noexcept;

private:
    [[nodiscard]] bool look(bool thoroughly) const noexcept;
    [[nodiscard]] bool is_to_be_thorough(std::int64_t moment) noexcept;
    [[nodiscard]] bool is_anything_held(bool thoroughly) const noexcept;
    [[nodiscard]] bool is_watched_by_another(std::int64_t now) const noexcept;
    [[nodiscard]] bool stops_watching() noexcept;
    void call() noexcept;
    void make_others_look() const noexcept;

    const Participant& self_;
    std::array<const Lock*, 2> locks_{};
    std::atomic<std::int64_t> last_thorough_;
    std::atomic<std::int64_t> last_{0};
    std::atomic<bool> is_watcher_{false};
};

// The time that a thread waits in, and may be the watcher.
class WatchingTime {
public:
    explicit WatchingTime(DeathWatch& watch) : watch_{watch} {}
    ~WatchingTime() { watch_.hand_over(); }
    WatchingTime(const WatchingTime&) = delete;
    WatchingTime& operator=(const WatchingTime&) = delete;

private:
    DeathWatch& watch_;
};

} // namespace crex::detail::robust
