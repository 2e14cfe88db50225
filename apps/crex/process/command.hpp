// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/types.h>

#include "process/witness.hpp"

// Running commands for a verb.

namespace cli {

struct Command {
    std::vector<std::string> words;         // the first one is looked for in PATH
    std::vector<std::string> environment{}; // NAME=VALUE, added to crex's own or in its place
    int input = -1;                         // its standard input, unless it inherits crex's
    int kept = -1;                          // a descriptor that it inherits, besides the usual ones
};

// Runs commands, one after the other, and handles the signals that arrive during that. Each signal
// reaches the command once: if it is sent to its process group, service or container as a whole,
// the command gets it by itself; if it is sent to crex alone, crex passes it on. The command
// decides what a signal means: crex waits for its end.
class Runner {
public:
    Runner();

    // Runs the command to its end. Returns its exit status, as a shell does; 128 and the signal
    // that killed it; 127 when there is no such command; 126 when it cannot be started. In the last
    // two cases it prints the reason.
    int run(const Command& command);

    // The first signal that has asked crex to end (see ending_signals()), while a command ran or
    // since then, if the caller blocks these signals. Waits up to `patience` for one. 0 if there is
    // none.
    int asked_to_end(std::chrono::milliseconds patience = {});

private:
    int wait_for(pid_t pid);
    void pass_on(pid_t pid, const siginfo_t& signal);

    sigset_t ending_;
    Witness witness_;
    int asked_to_end_ = 0;
};

} // namespace cli
