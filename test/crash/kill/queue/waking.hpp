// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "experiment.hpp"

namespace crash {

/// Kills an operation at its points while another process sleeps in the queue and waits for its
/// result. If the operation took effect, the waiter must be woken or wake up by itself. If not, the
/// next operation must wake it.
Figures kill_senders_to_a_waiting_receiver(const Subject& subject, std::size_t points);
Figures kill_receivers_from_a_waiting_sender(const Subject& subject, std::size_t points);

} // namespace crash
