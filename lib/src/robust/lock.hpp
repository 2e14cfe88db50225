// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

#include "platform/deadline.hpp"
#include "platform/fence.hpp"
#include "robust/layout.hpp"
#include "robust/participant.hpp"

// A lock that outlives its holder.
//
// One word says who holds it: 0 for nobody, else an Identity. Who finds it held asks the kernel
// whether the holder lives, before it sleeps and every time it wakes up. The word of a dead one is
// replaced, by compare-and-swap, by that of whoever takes over. A death at any moment leaves a word
// that names the dead, or nobody: there is no third.
//
// What a lock that was taken over protects may be half-changed. lock() says so, and whoever hears
// it must mark the object as in need of recovery before anything else (see Ends). Should that one
// die too, the word names a dead one again and the next hears the same.
//
// `sleepers` is a hint: a wake-up that dies with its sender, or gets lost otherwise, costs 50 ms at
// most (see platform/sleep_monitor.hpp).

namespace crex::detail::robust {

struct Lock {
    std::atomic<std::uint32_t> word;
    std::atomic<std::uint32_t> turns;    // changes with every acquisition
    std::atomic<std::uint32_t> sleepers; // odd when somebody may be asleep; they sleep on it
};

static_assert(sizeof(Lock) == 12);

enum class Locked {
    yes,
    taken_over,  // from somebody dead, whose work may be half done
    too_late,    // the deadline passed, and 20 ms at least, or a stop was requested
    interrupted, // a signal handler ran
    called_off,  // by somebody else in this process
    stuck,       // a holder that certainly runs has it for 10 s without a change
};

// How long a call waits, and what for.
struct WaitOptions {
    const Deadline& deadline;
    bool interruptible = true;
    const std::atomic<bool>* called_off = nullptr; // looked at every 50 ms
    Lock* also_held = nullptr; // whoever waits for that one is not to take its holder for stuck
};

Locked lock(Lock& lock, const Participant& self, const WaitOptions& wait_options);

void wake_sleeper(Lock& lock);

// False when somebody else has it.
inline bool try_lock(Lock& lock, const Participant& self) {
    std::uint32_t nobody = 0;
    if (!lock.word.compare_exchange_strong(nobody, self.me().bits(), std::memory_order_acquire,
                                           std::memory_order_relaxed)) [[unlikely]] {
        return false;
    }
    lock.turns.store(lock.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
}

// A store is enough, since nobody changes the word of a living holder. A light fence comes with it:
// what was stored before can be seen by anybody whose store is not seen after.
inline void unlock(Lock& lock) {
    lock.word.store(0, std::memory_order_release);
    light_fence();
    if ((lock.sleepers.load(std::memory_order_relaxed) & 1) != 0) [[unlikely]] {
        wake_sleeper(lock);
    }
}

} // namespace crex::detail::robust
