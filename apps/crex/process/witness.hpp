// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bitset>
#include <chrono>

namespace cli {

// A process beside the command, in the same process group, session and control group, which tells
// crex about the signals that it gets. A signal that the witness gets was sent to all of them, so
// the command has it already. A signal that the witness does not get was sent to crex alone.
//
// It runs its own program, and is not only a fork, so that it holds no object open. It ends with
// crex. Without /proc there is none; every signal then counts as sent to crex alone.
class Witness {
public:
    Witness();
    ~Witness();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    // Whether the witness has got that signal, or gets it in the next moment.
    [[nodiscard]] bool got(int signal);

    // Forgets the signals until now.
    void forget();

private:
    void ask(std::chrono::milliseconds most);

    int socket_ = -1; // crex asks with a byte; the answer is a byte for each signal, and a zero
    std::bitset<64> got_;
};

// The only argument of a crex that is to be the witness of its parent.
extern const char* const witness_option;
[[noreturn]] void bear_witness();

} // namespace cli
