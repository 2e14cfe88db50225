// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "robust/event_count.hpp"
#include "robust/hold.hpp"
#include "robust/layout.hpp"
#include "robust/lock.hpp"
#include "robust/participant.hpp"
#include "robust/segment.hpp"

// The permits of a robust semaphore, and who holds them.
//
// Two things are the truth: how many permits there are, and, in each participant's entry (its
// `holding`), how many of them that one holds. What is free follows from these, so `value` is
// nothing but a cache. Both are changed under one lock. One who dies in the middle of a change has
// changed the truth or has not; whoever takes the lock over works out the value anew, from all
// entries, before anything else. That can be killed, too, and done again. So there is no moment at
// which a death could lose a permit or make one:
//
//   acquiring   the entry is counted up, then the value down: died in between, it held the permit
//   releasing   the entry is counted down, then the value up: died in between, it had released it
//   adding      there are more of them, then the value goes up: died in between, it had added them
//
// A thread that has waited for a while and was woken in vain, since another was faster, is starved:
// to it a permit is handed over. Such a permit is not in the value, so that nobody else takes it.
// It is no truth either: who works out the value counts it as free.
//
// A dead one's permits come back when somebody clears its entry, which everybody does who has to
// wait, before and while waiting.

namespace crex::detail::robust {

struct SemaphoreBody {
    alignas(cache_line) Lock lock;
    std::atomic<std::uint32_t> value;      // those that nobody holds
    std::atomic<std::uint64_t> total;      // all there are
    std::atomic<std::uint32_t> from_dead;  // of those that nobody holds, at most
    std::atomic<std::uint32_t> handed;     // of those that nobody holds, not in the value
    std::atomic<std::uint64_t> recoveries; // times that the lock was taken over
    alignas(cache_line) EventCount available;
    EventCount handed_over; // what the starved sleep on
};

static_assert(sizeof(SemaphoreBody) == 128 && offsetof(SemaphoreBody, total) == 16 &&
              offsetof(SemaphoreBody, recoveries) == 32 &&
              offsetof(SemaphoreBody, available) == 64);

extern const Kind semaphore_kind;

// What to do with them under the lock.
class Permits {
public:
    Permits(SemaphoreBody& body, Participant& self) : body_{body}, self_{self} {}

    // Works out the value. For whoever has taken over the lock.
    void recount() const;

    enum class Taken { none, one, one_from_dead };
    [[nodiscard]] Taken take() const;

    // Takes one out of the value for the starved; takes one as one of them; puts all back.
    void hand_over() const;
    [[nodiscard]] Taken take_handed() const;
    void take_back_handed() const;

    [[nodiscard]] std::uint32_t mine() const { return self_.holding(self_.me()); }
    void give_back(std::uint32_t count) const;
    void add(std::uint32_t count) const;

    // Leaves all of mine as the dead do.
    void forfeit() const;

    // Clears the entries of the dead; what they held is free then.
    void reap_dead_participants() const;

    // The same for what this entry's last holder left in it.
    void reclaim_inherited() const;

private:
    // What comes after a store of the truth: no compiler may swap the two.
    static constexpr auto after_truth = std::memory_order_release;

    // What was taken, where so many are still free.
    [[nodiscard]] Taken one_of(std::uint32_t left) const {
        const std::uint32_t from_dead = body_.from_dead.load(std::memory_order_relaxed);
        return from_dead == 0 ? Taken::one : one_of(left, from_dead);
    }
    [[nodiscard]] Taken one_of(std::uint32_t left, std::uint32_t from_dead) const;
    void note_from_dead(std::uint32_t count) const;

    SemaphoreBody& body_;
    Participant& self_;
};

// In every acquire() and release(), so inline.

inline Permits::Taken Permits::take() const {
    const std::uint32_t value = body_.value.load(std::memory_order_relaxed);
    if (value == 0) {
        return Taken::none;
    }
    self_.hold(mine() + 1);
    body_.value.store(value - 1, after_truth);
    return one_of(value - 1);
}

inline void Permits::give_back(std::uint32_t count) const {
    self_.hold(mine() - count);
    body_.value.store(body_.value.load(std::memory_order_relaxed) + count, after_truth);
}

} // namespace crex::detail::robust
