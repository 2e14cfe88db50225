// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "robust/participant.hpp"

// Recovery rebuilds a queue from its slots alone, after a death in the middle of a change and after
// damage. The index, counters and lists are made anew, and slots change as follows:
//
//   writing, by a dead participant   free: never sent, or already received
//   leased, by a dead participant    ready at its old place, with one attempt more
//   content makes no sense           quarantined, and counted
//
// Recovery can be killed at any moment and done again from the start: each slot changes by at most
// one store, to a state that a second run leaves alone, and `needs_recovery` is cleared last.
// Recovery allocates nothing. Its time depends on the number of slots that were ever used.

namespace crex::detail::robust {

enum class Scope { where_used, everywhere };

// Rebuilds the queue, as an index, and frees the entries of dead participants. Scope::everywhere
// reads all slots, and does not rely on `touched`, which says which slots were ever used.
void recover(const BothLocked& locked, const QueueMemory& memory, Participant& self,
             Scope scope = Scope::where_used);

// Recovers the queue, as recover() does, if it needs recovery or a dead participant held something.
void reap_dead_participants(const BothLocked& locked, const QueueMemory& memory, Participant& self);

} // namespace crex::detail::robust
