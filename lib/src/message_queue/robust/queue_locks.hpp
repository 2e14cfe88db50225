// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "robust/lock_guard.hpp"
#include "robust/participant.hpp"

// The locks of a queue's two ends.
//
// A participant that takes over a lock from a dead holder, or finds memory that makes no sense,
// marks the queue as in need of recovery before it releases the lock. No participant uses an end of
// a queue that needs recovery: the first to see the mark takes both locks and recovers the queue.
//
// Marking takes only one lock. A participant that read the status before may still use the other
// end. That does no harm: the two ends share only what one of them hands to the other with a single
// store, a slot's state or an arrival, and recovery waits for both locks.

namespace crex::detail::robust {

class QueueLocks {
public:
    QueueLocks(const QueueMemory& memory, const Participant& self) : memory_{memory}, self_{self} {}

    [[nodiscard]] LockGuard try_senders() const { return {memory_.body().senders, self_}; }
    [[nodiscard]] LockGuard try_receivers() const { return {memory_.body().receivers, self_}; }

    // Waits for the lock, unless the guard has it. Throws NotLocked.
    void acquire(LockGuard& guard, const WaitOptions& wait_options) const {
        if (!guard && guard.acquire(self_, wait_options)) [[unlikely]] {
            memory_.set(needs_recovery);
        }
    }

    // For a wait for the receivers' lock while the senders' lock is held.
    [[nodiscard]] WaitOptions with_senders(const WaitOptions& wait_options) const {
        WaitOptions both = wait_options;
        both.also_held = &memory_.body().senders;
        return both;
    }

    // Takes the locks away from their holders. Only for repair().
    void force_open() const {
        for (Lock* each : {&memory_.body().senders, &memory_.body().receivers}) {
            each->word.store(0);
            wake_sleeper(*each);
        }
    }

private:
    const QueueMemory& memory_;
    const Participant& self_;
};

// Holds both locks until the end of the scope. It takes the senders' lock first.
class BothLocksGuard {
public:
    // Waits for them. Throws NotLocked.
    BothLocksGuard(const QueueLocks& locks, const WaitOptions& wait_options)
        : senders_{locks.try_senders()}, receivers_{
                                             try_receivers_after(senders_, locks, wait_options)} {
        locks.acquire(receivers_, locks.with_senders(wait_options));
    }

    // NOLINTNEXTLINE(google-explicit-constructor): the guard stands for its locks.
    operator const BothLocked&() const { return locked_proof<BothLocked>; }

private:
    static LockGuard try_receivers_after(LockGuard& senders, const QueueLocks& locks,
                                         const WaitOptions& wait_options) {
        locks.acquire(senders, wait_options);
        return locks.try_receivers();
    }

    LockGuard senders_;
    LockGuard receivers_;
};

} // namespace crex::detail::robust
