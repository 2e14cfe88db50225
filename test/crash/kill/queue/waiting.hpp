// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "crash/kill/harness/figures.hpp"
#include "subject.hpp"
#include "survivor.hpp"

namespace crash {

/// Kills one process after the other while it waits on an empty queue to receive: half of them
/// right before and half of them right after a message is sent. A second receiver waits beside
/// them. It must get the message unless the dead process has it. Stops at the first hang.
Figures kill_waiting_receivers(const Subject& subject, std::size_t kills, WaitOptions patience);

/// Kills one process after the other while it waits on a full queue to send, around the moment when
/// a message is received. Otherwise works like kill_waiting_receivers().
Figures kill_waiting_senders(const Subject& subject, std::size_t kills, WaitOptions patience);

} // namespace crash
