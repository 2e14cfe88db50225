// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

#include "robust/lock.hpp"
#include "robust/participant.hpp"

// Noticing that somebody who takes part in a robust object has died, without any lock.

namespace crex::detail::robust {

// Whether nobody takes part any more, for certain.
bool nobody_lives(const Participant& self);

// Whether any participant is dead; thoroughly, see Participant::is_certainly_dead().
bool somebody_died(const Participant& self, bool thoroughly = false);

// Whether a dead participant owns something: for an opener, who is to be quick however many there
// are, and so asks the kernel about the owners only.
bool somebody_left_something(const Participant& self);

// Whether a dead participant holds the lock.
bool is_held_by_the_dead(const Lock& lock, const Participant& self);

// The looks that a handle takes again and again, every twentieth of them a thorough one.
class DeathWatch {
public:
    explicit DeathWatch(const Participant& self) : self_{self} {}

    // For who waits, and is done with a while of it.
    [[nodiscard]] bool sees_somebody_dead();

    // For who only ever tries, and so looks no more often than who waits: at once when it is the
    // first time in a while, else false.
    [[nodiscard]] bool sees_somebody_dead_now_and_then();

private:
    const Participant& self_;
    std::atomic<unsigned> looks_{0};
    std::atomic<std::int64_t> last_{0};
};

} // namespace crex::detail::robust
