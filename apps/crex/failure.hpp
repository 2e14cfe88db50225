// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <stdexcept>

// How crex can end: 0, 1, and of sysexits.h a status for each class of error.

namespace cli {

enum ExitStatus : int {
    fine = 0,
    no = 1,           // the answer to the verb's question is no; an error is one of those below
    usage = 64,       // a wrong option, argument or name
    bad_data = 65,    // the object's bytes make no sense, or what is sent is too long
    not_there = 66,   // no such object
    internal = 70,    // an error in crex itself
    os_error = 71,    // a limit of the system, or any other error of the system
    exists = 73,      // the name is taken
    io_error = 74,    // standard input or output failed
    busy = 75,        // in use, or the time was up; -E N makes it N
    not_allowed = 77, // permissions
};

// A wrong command line. what() says what is wrong, without naming verb or program.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// An error that the verb itself finds, and that is no crex::Error.
class Failure : public std::runtime_error {
public:
    Failure(ExitStatus status, const std::string& what)
        : std::runtime_error{what}, status_{status} {}

    [[nodiscard]] ExitStatus status() const noexcept { return status_; }

private:
    ExitStatus status_;
};

// The exit status for that exception.
ExitStatus status_of(const std::exception& error);

} // namespace cli
