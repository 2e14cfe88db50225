// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>

// How a demo program can end, and the exceptions that lead there.

namespace demo {

enum ExitStatus : int {
    fine = 0,       // all iterations, no corruption
    corruption = 1, // a text was not the one expected
    usage = 2,      // a wrong option or params.txt
    failure = 3,    // the peer has vanished, a signal, or a system error
};

// A wrong option or params.txt: what() names the place.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Ctrl-C or kill.
struct Interrupted : std::runtime_error {
    Interrupted() : std::runtime_error{"interrupted by a signal"} {}
};

// The peer is gone, or gives no sign of life.
struct Vanished : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// An object that Premise is to create exists already.
struct LeftOver : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace demo
