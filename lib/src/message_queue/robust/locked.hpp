// SPDX-License-Identifier: BSL-1.0
#pragma once

// Stands for a lock of the queue that the calling thread has. A function that needs the lock takes
// this as a parameter, so it cannot be called without a guard, and it costs nothing. The guards are
// in queue_locks.hpp and end_guard.hpp; one that can fail must be tested before it is passed on.

namespace crex::detail::robust {

class SendersLocked {
public:
    SendersLocked(const SendersLocked&) = delete;
    SendersLocked& operator=(const SendersLocked&) = delete;

protected:
    SendersLocked() = default;
    ~SendersLocked() = default;
};

class ReceiversLocked {
public:
    ReceiversLocked(const ReceiversLocked&) = delete;
    ReceiversLocked& operator=(const ReceiversLocked&) = delete;

protected:
    ReceiversLocked() = default;
    ~ReceiversLocked() = default;
};

class BothLocked : public SendersLocked, public ReceiversLocked {
protected:
    BothLocked() = default;
    ~BothLocked() = default;
};

// What a guard passes on for the locks that it has. It is not the guard itself, so that a compiler
// may keep that in registers.
template <class Locked> struct LockedProof final : Locked { constexpr LockedProof() = default; };
template <class Locked> inline constexpr LockedProof<Locked> locked_proof;

} // namespace crex::detail::robust
