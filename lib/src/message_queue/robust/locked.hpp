// SPDX-License-Identifier: BSL-1.0
#pragma once

// Proof that the calling thread has a lock of the queue. A function that needs one takes the proof
// as a parameter, so the compiler checks each call, and it costs nothing. Guards are proofs: see
// queue_locks.hpp and end_guard.hpp.

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

} // namespace crex::detail::robust
