// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

// Running a command for a verb.

namespace cli {

struct Command {
    std::vector<std::string> words; // looked for in PATH
    int input = -1;                 // its standard input, unless that is to be ours
    int kept = -1;                  // a descriptor that it is to have, besides the usual ones
};

// Runs it to its end. Answers as a shell does: its exit status, 128 and the signal that killed it,
// 127 when there is no such command, 126 when it cannot be started; for these two it says why.
//
// Signals that a terminal sends go to the command as well, and are for it to judge: meanwhile, crex
// does not mind them. Those that somebody sends to crex alone are passed on.
int run(const Command& command);

} // namespace cli
