// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "message_queue/robust/core.hpp"

// Messages that were delivered too often: see MessageQueueOptions::max_attempts.

namespace crex::detail::robust {

// Whether a message with this control word was delivered too often.
bool is_poison(const RobustQueueCore& core, Control control);

// Whether such a message, which this process has leased, has gone to the dead letters. False when
// it cannot go there; the lease goes on then.
bool moved_to_dead_letters(RobustQueueCore& core, const Call& call, const SlotClaim& lease,
                           const WaitOptions& wait_options);

} // namespace crex::detail::robust
