// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>

#include <crex/error.hpp>

#include "message_queue/robust/core.hpp"

// Loans and leases: slots that were taken out of the queue, and how their claims end. While
// there are any, the queue is an index. A slot's control word names the holder. So the next
// participant that checks recovers what a dead holder held.

namespace crex::detail::robust {

// A free slot to write into; nothing when the deadline passed first.
std::optional<SlotClaim> loan(RobustQueueCore& core, const Call& call, std::size_t size,
                              const Deadline& deadline);

// Makes a loan a message. False, and nothing done, when the lock could not be taken in time.
bool commit(RobustQueueCore& core, const Call& call, const SlotClaim& loan, std::size_t size,
            unsigned priority, const WaitOptions& wait_options);

// Frees the slot of a loan. False, and nothing done, when the lock could not be taken in time.
bool drop(RobustQueueCore& core, const Call& call, const SlotClaim& loan,
          const WaitOptions& wait_options);

// The next message, left in its slot; nothing when the deadline passed first. A message that was
// delivered too often goes to the dead letters instead, if there is room.
std::optional<SlotClaim> lease(RobustQueueCore& core, const Call& call, const Deadline& deadline);

enum class LeaseEnd { received, dead_lettered, freed, nacked, nacked_untried };

// Frees the slot of a lease, or puts the message back to its place. False, and nothing done, when
// the lock could not be taken in time.
bool end_lease(RobustQueueCore& core, const Call& call, const SlotClaim& lease, LeaseEnd how,
               const WaitOptions& wait_options);

// Ends a claim for a call that has a deadline: `end` returns false when the time was too short. The
// slot is laid aside then.
template <class End> bool end_or_lay_aside(RobustQueueCore& core, const SlotClaim& claim, End end);

// Keeps a claim that a call could not end in time. The slot is no message's any more, whatever
// happens: after a death of this process, or once the handle is closed, recovery frees it. Until
// then the next call of this handle that takes a lock does.
void lay_aside(RobustQueueCore& core, SlotClaim claim) noexcept;

// Frees the slots that were laid aside. True when there is one more.
bool free_laid_aside(RobustQueueCore& core) noexcept;

template <class End> bool end_or_lay_aside(RobustQueueCore& core, const SlotClaim& claim, End end) {
    bool is_done = false;
    try {
        is_done = end();
    } catch (const LeaseLostError&) {
        throw;
    } catch (...) {
        lay_aside(core, claim);
        throw;
    }
    if (!is_done) {
        lay_aside(core, claim);
    }
    return is_done;
}

} // namespace crex::detail::robust
