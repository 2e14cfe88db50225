// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bitset>
#include <chrono>

namespace cli {

// A process beside the command, in the same process group, session and control group, which tells
// crex about the signals that it gets. A signal that the witness gets was sent to all of them, so
// the command has it already; one that it does not get was sent to crex alone.
//
// It is a process of its own program and not a fork, so that it holds no object open. It ends with
// crex. Without /proc there is none; every signal then counts as sent to crex alone.
class Witness {
public:
    Witness();
    ~Witness();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    // Whether it has got that signal, or gets it in the next moment.
    [[nodiscard]] bool got(int signal);

    // Forgets what it has got until now.
    void forget();

private:
    void ask(std::chrono::milliseconds most);

    int socket_ = -1; // crex asks with a byte; the answer is a byte for each signal, and a zero
    std::bitset<64> got_;
};

// What makes crex the witness of its parent when it is all of the command line.
extern const char* const witness_option;
[[noreturn]] void bear_witness();

} // namespace cli
