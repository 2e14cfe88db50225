// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "message_queue/robust/poll_fifo.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "message_queue/robust/recovery.hpp"
#include "robust/hold.hpp"
#include "robust/participant.hpp"

// The two ends of a queue: taking their locks, and changing its form, which needs both.
//
// Whoever takes over a lock from somebody dead, or finds the memory to make no sense, marks the
// queue as in need of recovery before it lets go. Nobody uses an end of a queue that needs
// recovery; the first to come takes both locks and recovers it.
//
// Marking takes only one lock. The other end may be in use then, by somebody who looked before.
// That does no harm: the two ends have nothing in common but what one of them hands to the other
// with a single store, a slot's state or an arrival, and whoever recovers waits for both.

namespace crex::detail::robust {

// Whether what needs the locks could be done. Where it need not be now, or not by this process. A
// call that is interrupted, or called off, ends.
template <class Body> bool whether_locked(Body body) {
    try {
        body();
        return true;
    } catch (const NotLocked& failure) {
        if (failure.reason == Locked::interrupted || failure.reason == Locked::called_off) {
            throw;
        }
    } catch (const Damage&) { // marked, so that it will be recovered
    }
    return false;
}

class Ends {
public:
    Ends(const QueueMemory& memory, Participant& self, const PollFifo& poll_fifo)
        : memory_{memory}, self_{self}, poll_fifo_{poll_fifo} {}

    // Has one lock until the end of the scope.
    class Hold : public robust::Hold {
    public:
        Hold(const Ends& ends, Lock& lock, const WaitOptions& wait_options) : Hold{ends, lock} {
            if (!*this) [[unlikely]] {
                ends.insist(*this, wait_options);
            }
        }
        // Or none, when somebody else has it.
        Hold(const Ends& ends, Lock& lock) : robust::Hold{lock, ends.self_} {}
    };

    // The senders' end.
    [[nodiscard]] Hold senders(const WaitOptions& wait_options) const {
        return {*this, memory_.body().senders, wait_options};
    }

    [[nodiscard]] Hold try_senders() const { return {*this, memory_.body().senders}; }

    // The receivers' end.
    [[nodiscard]] Hold receivers(const WaitOptions& wait_options) const {
        return {*this, memory_.body().receivers, wait_options};
    }

    [[nodiscard]] Hold try_receivers() const { return {*this, memory_.body().receivers}; }

    // Takes both locks, in order, and runs `body`.
    template <class Body> void with_both(const WaitOptions& wait_options, Body body) const {
        const Hold first = senders(wait_options);
        const Hold second = receivers(with_senders(wait_options));
        body();
    }

    // For whoever wants the receivers' lock, too.
    [[nodiscard]] WaitOptions with_senders(const WaitOptions& wait_options) const {
        WaitOptions both = wait_options;
        both.also_held = &memory_.body().senders;
        return both;
    }

    // Recovers the queue if it needs that.
    void recover_if_needed(const WaitOptions& wait_options, Look look) const;

    // Turns a lane to its index. Takes time for what is waiting, not for what could be.
    void switch_to_index(const WaitOptions& wait_options) const;

    // Makes an index of which no slot is in use a lane.
    void switch_to_lane(const WaitOptions& wait_options) const;

    // Looks for the dead, gives back what they left, and frees their entries.
    void reap_dead_participants(const WaitOptions& wait_options) const;

    // Recovers it whether it seems to need it or not, also when it is broken.
    void recover(const WaitOptions& wait_options) const;

    // Takes the locks from whoever holds them. For a queue that is broken.
    void force_open() const;

private:
    void insist(robust::Hold& hold, const WaitOptions& wait_options) const;
    void ring() const;

    const QueueMemory& memory_;
    Participant& self_;
    const PollFifo& poll_fifo_;
};

} // namespace crex::detail::robust
