// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <stop_token>

#include <crex/timeout.hpp>

#include "invocation.hpp"

// Ctrl-C (SIGINT), SIGTERM, SIGHUP and SIGQUIT, for verbs that must not be torn out of what they
// are doing: from the first call here on they end waits, and the verb puts in order what it has
// begun. What is not at its end soon after, because it waits for standard input, say, is ended all
// the same: after the grace that the first call gives it. SIGPIPE, too, then ends no write.
//
// Either way crex dies of the signal, as its shell needs to see it: 130 for Ctrl-C. A second one
// kills at once.

namespace cli {

constexpr std::chrono::milliseconds usual_grace{200}; // a wait ends within 50 ms

const std::stop_token& interruption(std::chrono::milliseconds grace = usual_grace);

// Dies of the signal if there was one. To be called where a wait has ended without success.
void end_if_interrupted();

// What --timeout says, and for ever unless it says anything.
crex::Timeout timeout_of(const Invocation& given);

// The same, and until the interruption.
crex::Timeout timeout_from(const Invocation& given);

} // namespace cli
