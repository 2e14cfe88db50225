// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <type_traits>

#include "message_queue/robust/attempts.hpp"

namespace crex::detail::robust {

// Has the lock of one end of the queue, or both, until the end of the scope. While the queue is
// polled it takes both locks in any case, and keeps the poll FIFO right. It is valid when the
// queue's status is still what the attempt began with; otherwise nothing may be changed.
template <class Locked> class EndGuard final : public Locked {
public:
    // Tries to take the lock of a queue with this status, which is not polled.
    EndGuard(RobustQueueCore& core, std::uint32_t status)
        : core_{core}, is_polled_{false}, first_{lock(core), core.self},
          is_valid_{first_ && core.memory.status() == status} {}

    // Waits for the lock. Throws NotLocked.
    EndGuard(const Attempts& attempts, Change change)
        : core_{attempts.core()}, is_polled_{(attempts.status() & pollable) != 0},
          first_{is_polled_ ? core_.memory.body().senders : lock(core_), core_.self} {
        core_.locks.acquire(first_, attempts.wait_options());
        if (is_polled_ || std::is_same_v<Locked, BothLocked>) [[unlikely]] {
            acquire_second(attempts.wait_options());
        }
        is_valid_ = core_.memory.status() == attempts.status();
        if (is_polled_ && is_valid_) [[unlikely]] {
            core_.polling.announce(both_, change);
        }
    }

    ~EndGuard() {
        if (is_polled_ && is_valid_) [[unlikely]] {
            core_.polling.show_level(both_);
        }
    }

    explicit operator bool() const { return is_valid_; }

    // Takes the receivers' lock, too. Throws NotLocked.
    const BothLocked&
    with_receivers(const WaitOptions& wait_options) requires std::is_same_v<Locked, SendersLocked> {
        if (!second_) {
            acquire_second(wait_options);
        }
        return both_;
    }

private:
    struct Both final : BothLocked {};

    static Lock& lock(const RobustQueueCore& core) {
        auto& body = core.memory.body();
        return std::is_same_v<Locked, ReceiversLocked> ? body.receivers : body.senders;
    }

    void acquire_second(const WaitOptions& wait_options) {
        second_.emplace(core_.memory.body().receivers, core_.self);
        core_.locks.acquire(*second_, core_.locks.with_senders(wait_options));
    }

    RobustQueueCore& core_;
    const bool is_polled_;
    LockGuard first_;
    std::optional<LockGuard> second_;
    [[no_unique_address]] Both both_; // used only with both locks
    bool is_valid_ = false;
};

using SendersGuard = EndGuard<SendersLocked>;
using ReceiversGuard = EndGuard<ReceiversLocked>;
using BothGuard = EndGuard<BothLocked>;

} // namespace crex::detail::robust
