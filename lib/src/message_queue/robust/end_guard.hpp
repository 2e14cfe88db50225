// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <type_traits>

#include "message_queue/robust/attempts.hpp"

// Guards for one end of the queue, or both. A guard is valid when it has its lock and the queue's
// status is still what the call has seen; otherwise nothing may be changed.

namespace crex::detail::robust {

template <class End> Lock& first_lock(const RobustQueueCore& core) {
    auto& body = core.memory.body();
    return std::is_same_v<End, ReceiversLocked> ? body.receivers : body.senders;
}

// Has one lock until the end of the scope: for a queue that is not polled, or a use that changes
// nothing that poll(2) shows.
template <class End> class OneLockGuard {
public:
    // Does not wait.
    OneLockGuard(const RobustQueueCore& core, std::uint32_t status)
        : lock_{first_lock<End>(core), core.self}, is_valid_{lock_ &&
                                                             core.memory.status() == status} {}

    // Waits for the lock. Throws NotLocked.
    explicit OneLockGuard(const Attempts& attempts)
        : lock_{first_lock<End>(attempts.core()), attempts.core().self} {
        attempts.core().locks.acquire(lock_, attempts.wait_options());
        is_valid_ = attempts.is_current();
    }

    explicit operator bool() const { return is_valid_; }
    // NOLINTNEXTLINE(google-explicit-constructor): the guard stands for its lock.
    operator const End&() const { return locked_proof<End>; }

private:
    LockGuard lock_;
    bool is_valid_ = false;
};

// Has the lock of one end, or both, until the end of the scope. While the queue is polled it has
// both locks in any case, and keeps the poll FIFO right.
template <class End> class EndGuard {
public:
    // Waits for the lock. Throws NotLocked.
    EndGuard(const Attempts& attempts, Change change)
        : attempts_{attempts}, is_polled_{(attempts.status() & pollable) != 0},
          first_{is_polled_ ? first_lock<SendersLocked>(attempts.core())
                            : first_lock<End>(attempts.core()),
                 attempts.core().self} {
        const RobustQueueCore& core = attempts.core();
        core.locks.acquire(first_, attempts.wait_options());
        if (is_polled_ || std::is_same_v<End, BothLocked>) [[unlikely]] {
            acquire_second();
        }
        is_valid_ = attempts.is_current();
        if (is_polled_ && is_valid_) [[unlikely]] {
            core.polling.announce(locked_proof<BothLocked>, change);
        }
    }

    ~EndGuard() {
        if (is_polled_ && is_valid_) [[unlikely]] {
            attempts_.core().polling.show_level(locked_proof<BothLocked>);
        }
    }

    explicit operator bool() const { return is_valid_; }
    // NOLINTNEXTLINE(google-explicit-constructor): the guard stands for its lock.
    operator const End&() const { return locked_proof<End>; }

    // Takes the receivers' lock, too. Null when the queue's status has changed before. Throws
    // NotLocked.
    const BothLocked* with_receivers() requires std::is_same_v<End, SendersLocked> {
        if (!second_) {
            acquire_second();
        }
        return attempts_.is_current() ? &locked_proof<BothLocked> : nullptr;
    }

private:
    void acquire_second() {
        const RobustQueueCore& core = attempts_.core();
        second_.emplace(first_lock<ReceiversLocked>(core), core.self);
        core.locks.acquire(*second_, core.locks.with_senders(attempts_.wait_options()));
    }

    const Attempts& attempts_;
    const bool is_polled_;
    LockGuard first_;
    std::optional<LockGuard> second_;
    bool is_valid_ = false;
};

using SendersGuard = EndGuard<SendersLocked>;
using ReceiversGuard = EndGuard<ReceiversLocked>;
using BothGuard = EndGuard<BothLocked>;

} // namespace crex::detail::robust
