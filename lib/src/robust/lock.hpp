// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "platform/deadline.hpp"
#include "platform/fence.hpp"
#include "robust/layout.hpp"
#include "robust/participant.hpp"

// A lock that outlives its holder.
//
// One word names the holder: 0 for none, else an Identity. A thread that finds it held asks the
// kernel whether the holder lives, before it sleeps and every time it wakes up. If the holder is
// dead, the thread takes the lock over: by compare-and-swap, from the dead one's word to its own. A
// death at any moment leaves a word that names the dead, or 0: there is no third case.
//
// What a lock that was taken over protects may be half changed. lock() says so, and the new holder
// must mark the object as in need of recovery, or recover it, before anything else (see
// QueueLocks). If the new holder dies too, the word names a dead one again, and lock() says so to
// the next.
//
// `sleepers` is a hint: a wake-up that is lost, with its sender or otherwise, costs 50 ms at most
// (see platform/sleep_monitor.hpp).

namespace crex::detail::robust {

struct Lock {
    std::atomic<std::uint32_t> word;
    std::atomic<std::uint32_t> turns;    // changes with every acquisition
    std::atomic<std::uint32_t> sleepers; // bit 0: a thread may sleep on it; above: a ticket
};

static_assert(sizeof(Lock) == 12 && offsetof(Lock, turns) == 4 && offsetof(Lock, sleepers) == 8);

enum class Locked {
    yes,
    taken_over,  // from a dead holder, whose work may be half done
    too_late,    // the deadline and the first 20 ms of the wait are over, or a stop was requested
    interrupted, // a signal handler ran
    called_off,  // by another thread of this process
    stuck,       // a holder that certainly runs has had it for 10 s, unchanged
};

// How long a call waits for a lock, and what ends its wait.
struct WaitOptions {
    const Deadline& deadline;
    bool interruptible = true;
    const std::atomic<bool>* called_off = nullptr; // checked every 50 ms
    Lock* also_held = nullptr; // held during the wait: its holder must not seem stuck
};

Locked lock(Lock& lock, const Participant& self, const WaitOptions& wait_options);

void wake_sleeper(Lock& lock);

// False when the lock is held.
inline bool try_lock(Lock& lock, const Participant& self) {
    std::uint32_t nobody = 0;
    if (!lock.word.compare_exchange_strong(nobody, self.me().bits(), std::memory_order_acquire,
                                           std::memory_order_relaxed)) [[unlikely]] {
        return false;
    }
    lock.turns.store(lock.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
}

// A store is enough, since no other participant changes the word of a living holder. A light fence
// comes with it: if the caller does not see a thread's store after it, that thread sees what was
// stored before it.
inline void unlock(Lock& lock) {
    lock.word.store(0, std::memory_order_release);
    light_fence();
    if ((lock.sleepers.load(std::memory_order_relaxed) & 1) != 0) [[unlikely]] {
        wake_sleeper(lock);
    }
}

} // namespace crex::detail::robust
