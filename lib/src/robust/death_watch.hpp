// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>

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

// The looks that a handle takes again and again, every twentieth of them a thorough one: for deaths
// that leave something to be put right.
class DeathWatch {
public:
    // Of an object that has these locks.
    DeathWatch(const Participant& self, std::initializer_list<const Lock*> locks);

    // For a thread that waits.
    [[nodiscard]] bool sees_somebody_dead() noexcept;

    // Whether it is so still: another thread may have put it right. Always thorough.
    [[nodiscard]] bool somebody_is_dead() const noexcept { return look(true); }

    // For a thread that only ever tries, and so looks no more often than one that waits: at once
    // when it is the first time in a while, else false.
    [[nodiscard]] bool sees_somebody_dead_now_and_then() noexcept;

private:
    [[nodiscard]] bool look(bool thoroughly) const noexcept;

    const Participant& self_;
    std::array<const Lock*, 2> locks_{};
    std::atomic<unsigned> looks_{0};
    std::atomic<std::int64_t> last_{0};
};

} // namespace crex::detail::robust
