// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "robust/event_count.hpp"
#include "robust/layout.hpp"
#include "robust/lock.hpp"
#include "robust/lock_guard.hpp"
#include "robust/participant.hpp"
#include "robust/segment.hpp"

// The permits of a robust semaphore, and which participants hold them.
//
// Two things are the truth: how many permits there are, and, in each participant's entry (its
// `holding`), how many of them it holds. The free ones follow from these, so `value` is only a
// cache. All are changed under one lock. A participant that dies in the middle of a change has
// changed the truth or has not. The next one takes the lock over and computes the value anew, from
// all entries, before anything else. That can be killed, too, and done again. So no death, at any
// moment, loses a permit or makes one:
//
//   acquiring   the entry is counted up, then the value down: in between, the permit is held
//   releasing   the entry is counted down, then the value up: in between, it is released
//   adding      the total is counted up, then the value: in between, the permits are added
//
// A thread that has waited for a while and was woken in vain, since another was faster, is starved:
// a permit is handed over to it. Such a permit is not in the value, so that no other thread takes
// it. It is no truth either: the computed value counts it as free.
//
// The permits of a dead participant come back when its entry is cleared. Every thread that has to
// wait does that, before and while it waits.

namespace crex::detail::robust {

struct SemaphoreBody {
    alignas(cache_line) Lock lock;
    std::atomic<std::uint32_t> value;      // free, but for `handed`
    std::atomic<std::uint64_t> total;      // all there are
    std::atomic<std::uint32_t> from_dead;  // free ones that the dead left, at most
    std::atomic<std::uint32_t> handed;     // free, set aside for starved threads
    std::atomic<std::uint64_t> recoveries; // times that the value was computed anew
    alignas(cache_line) EventCount available;
    EventCount handed_over; // what starved threads sleep on
};

static_assert(sizeof(SemaphoreBody) == 128 && offsetof(SemaphoreBody, value) == 12 &&
              offsetof(SemaphoreBody, total) == 16 && offsetof(SemaphoreBody, from_dead) == 24 &&
              offsetof(SemaphoreBody, handed) == 28 && offsetof(SemaphoreBody, recoveries) == 32 &&
              offsetof(SemaphoreBody, available) == 64 &&
              offsetof(SemaphoreBody, handed_over) == 80);

extern const Kind semaphore_kind;

// To be called under the lock.
class Permits {
public:
    Permits(SemaphoreBody& body, Participant& self) : body_{body}, self_{self} {}

    // Computes the value anew: after the lock was taken over, or the dead were reaped.
    void recount() const;

    enum class Taken { none, one, one_from_dead };
    [[nodiscard]] Taken take() const;

    // Take one permit out of the value for a starved thread; take one as such a thread; put all of
    // them back.
    void hand_over() const;
    [[nodiscard]] Taken take_handed() const;
    void take_back_handed() const;

    [[nodiscard]] std::uint32_t mine() const { return self_.holding(self_.me()); }
    void give_back(std::uint32_t count) const;
    void add(std::uint32_t count) const;

    // Gives back all permits of this participant as those of a dead one.
    void forfeit() const;

    // Clears the entries of dead participants. What they held is free then.
    void reap_dead_participants() const;

    // Frees what the last holder of this entry left in it.
    void reclaim_inherited() const;

private:
    // For a store after one of the truth: the compiler must not swap the two.
    static constexpr auto after_truth = std::memory_order_release;

    // What was taken, when `left` permits are still free.
    [[nodiscard]] Taken one_of(std::uint32_t left) const {
        const std::uint32_t from_dead = body_.from_dead.load(std::memory_order_relaxed);
        return from_dead == 0 ? Taken::one : one_of(left, from_dead);
    }
    [[nodiscard]] Taken one_of(std::uint32_t left, std::uint32_t from_dead) const;
    void note_from_dead(std::uint32_t count) const;

    SemaphoreBody& body_;
    Participant& self_;
};

// Inline, since every acquire() and release() calls them.

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
