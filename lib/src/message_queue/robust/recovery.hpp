// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "robust/participant.hpp"

// Putting a queue in order from nothing but its slots: after a death in the middle of a change, and
// after damage. The index, counters and lists are made anew; what the dead have left goes back:
//
//   writing, by somebody dead   free: the message was never sent
//   leased, by somebody dead    ready at its old place, with one attempt more
//   nonsense                    quarantined, and counted
//
// It may be killed at any moment and done again from the start: slots change by one store each, to
// what they would be changed to again, and `needs_recovery` is cleared last. It allocates nothing,
// and its time depends on the number of slots that were ever used.

namespace crex::detail::robust {

enum class Scope { where_used, everywhere };

// Rebuilds the queue, in the form of an index. Looking everywhere does not believe the mark of
// which slots were ever used.
void recover(const BothLocked& locked, const QueueMemory& memory, Participant& self,
             Scope scope = Scope::where_used);

// Gives back what the dead have left, and their entries. A queue that needs no recovery and of
// which the dead held nothing is left as it is.
void reap_dead_participants(const BothLocked& locked, const QueueMemory& memory, Participant& self);

} // namespace crex::detail::robust
