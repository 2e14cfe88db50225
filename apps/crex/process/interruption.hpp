// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <stop_token>

#include <crex/timeout.hpp>

#include "invocation.hpp"

// Ctrl-C (SIGINT), SIGTERM, SIGHUP and SIGQUIT, for verbs that must not stop in the middle of what
// they do. From the first call of interruption() on, these signals end waits, and the verb
// completes or undoes what it has begun. A verb that does not end soon after, because it waits for
// standard input, for example, is ended all the same, after the grace period of the first call.
// SIGPIPE is handled like these, and so ends no write.
//
// In both cases crex dies of the signal, as its shell needs to see it: 130 for Ctrl-C. A second
// signal kills at once.

namespace cli {

constexpr std::chrono::milliseconds usual_grace{200}; // a wait ends within 50 ms

const std::stop_token& interruption(std::chrono::milliseconds grace = usual_grace);

// Dies of the signal if there was one. To be called when a wait has ended without success.
void end_if_interrupted();

// The value of --timeout; for ever if it is not given.
crex::Timeout timeout_of(const Invocation& given);

// The value of --timeout, and the interruption, which ends the wait earlier.
crex::Timeout timeout_from(const Invocation& given);

} // namespace cli
