// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "crash/kill/harness/figures.hpp"
#include "subject.hpp"
#include "survivor.hpp"

namespace crash {

/// Kills one process after the other while it waits on an empty queue to receive, half of them
/// right before and half of them right after a message is sent. Another one, which waits beside
/// them, must get the message unless the dead one has got it. Stops at the first hang.
Figures kill_waiting_receivers(const Subject& subject, std::size_t kills, WaitOptions patience);

/// The same of those who wait on a full queue to send, when a message is received.
Figures kill_waiting_senders(const Subject& subject, std::size_t kills, WaitOptions patience);

} // namespace crash
