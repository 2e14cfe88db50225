// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/types.h>

#include "witness.hpp"

// Running commands for a verb.

namespace cli {

struct Command {
    std::vector<std::string> words; // looked for in PATH
    int input = -1;                 // its standard input, unless that is to be ours
    int kept = -1;                  // a descriptor that it is to have, besides the usual ones
};

// Runs commands, one after the other, and handles the signals that arrive meanwhile. Each signal
// reaches the command once: those sent to its process group, service or container as a whole it
// gets by itself, those sent to crex alone are passed on. What a signal means is for the command to
// judge: crex waits for its end.
class Runner {
public:
    Runner();

    // Runs it to its end. Returns, as a shell does, its exit status; 128 and the signal that killed
    // it; 127 when there is no such command; 126 when it cannot be started. For these two it says
    // why.
    int run(const Command& command);

    // The first signal that has asked crex to end (see ending_signals()), while a command ran or
    // since then, if the caller blocks those; waits that long for one. 0 if there is none.
    int asked_to_end(std::chrono::milliseconds patience = {});

private:
    int wait_for(pid_t pid);
    void pass_on(pid_t pid, const siginfo_t& signal);

    sigset_t ending_;
    Witness witness_;
    int asked_to_end_ = 0;
};

} // namespace cli
