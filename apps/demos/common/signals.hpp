// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

#include <poll.h>

namespace demo {

// From now on Ctrl-C and kill (SIGINT, SIGTERM) let the program clean up: waiting calls of crex end
// with SignalError, and throw_if_interrupted() throws. A reader of standard output that goes away
// (SIGPIPE) does not end the program any more.
void catch_signals();

// Throws Interrupted after SIGINT or SIGTERM. It costs next to nothing.
void throw_if_interrupted();

// poll(2) without a time limit. Throws Interrupted, also for a signal that came just before it
// could wait.
void wait_for_any(std::span<pollfd> sources);

} // namespace demo
