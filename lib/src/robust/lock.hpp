// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

#include "platform/deadline.hpp"
#include "robust/layout.hpp"
#include "robust/participant.hpp"

// A lock that outlives its holder.
//
// One word says who holds it: 0 for nobody, else an Identity, and whether somebody sleeps. Who finds
// it held asks the kernel whether the holder lives, before it sleeps and every time it wakes up. The
// word of a dead one is replaced, by compare-and-swap, by that of whoever takes over. A death at any
// moment leaves a word that names the dead, or nobody: there is no third.
//
// What a lock that was taken over protects may be half-changed. lock() says so, and whoever hears it
// must mark the object as unsettled before anything else (see Ends). Should that one die too, the
// word names a dead one again and the next hears the same.
//
// A wake-up that dies with its sender costs no more than the sleeper's next look, 50 ms at most.

namespace crex::detail::robust {

struct Lock {
    std::atomic<std::uint32_t> word;
    std::atomic<std::uint32_t> turns; // changes with every acquisition
};

enum class Locked {
    yes,
    taken_over,  // from somebody dead, whose work may be half done
    too_late,    // the deadline passed, and 20 ms at least
    interrupted, // a signal handler ran
    stuck,       // the same living, running holder for 10 s without a change
};

// How long a call waits, and what for.
struct Patience {
    const Deadline& deadline;
    bool interruptible = true;
};

inline constexpr std::uint32_t somebody_sleeps = 1U << 31;

Locked lock_slowly(Lock& lock, const Participant& self, const Patience& patience);
void wake_sleeper(Lock& lock);

inline Locked lock(Lock& lock, const Participant& self, const Patience& patience) {
    std::uint32_t nobody = 0;
    if (!lock.word.compare_exchange_strong(nobody, self.me().bits(), std::memory_order_acquire,
                                           std::memory_order_relaxed)) [[unlikely]] {
        const Locked result = lock_slowly(lock, self, patience);
        if (result != Locked::yes && result != Locked::taken_over) {
            return result;
        }
        lock.turns.fetch_add(1, std::memory_order_relaxed);
        return result;
    }
    lock.turns.store(lock.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return Locked::yes;
}

// A full fence comes with it: what was stored before is seen by whoever is not seen waiting after.
// False when the word was not ours any more, which no working process can bring about.
inline bool unlock(Lock& lock, const Participant& self) {
    const std::uint32_t before = lock.word.exchange(0, std::memory_order_seq_cst);
    if ((before & somebody_sleeps) != 0) [[unlikely]] {
        wake_sleeper(lock);
    }
    return (before & ~somebody_sleeps) == self.me().bits();
}

} // namespace crex::detail::robust
