// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// Makes system calls fail: a child process makes the calls, and its parent answers them in place of
// the kernel (SECCOMP_RET_USER_NOTIF in seccomp(2)).

namespace surroundings {

/// The child's actions. `prepare` is not disturbed, `act` is. An exception of `act` is recorded.
struct Scenario {
    const char* name;
    std::function<void()> prepare;
    std::function<void()> act;
};

/// The call of `act` that fails, and its error: the nth call with this number (counted from 0,
/// among those with plausible errors), or all such calls from the nth on.
struct Fault {
    int number;
    std::size_t nth;
    int error;
    bool for_good = false;
};

struct Call {
    int number;
    std::uint64_t arguments[6];
};

/// The effects of `act` on the child.
struct Result {
    bool possible = true; // false where the system does not allow seccomp(2)
    bool hung = false;    // killed after a time limit
    int ended_by = 0;     // a signal
    int exit_code = 0;
    std::vector<Call> calls;
    std::string thrown;         // class and message; empty for success
    int code = 0;               // of a crex::Error
    bool was_documented = true; // the exception's class
    long descriptors_left = 0;  // more than before
    long mappings_left = 0;     // of files in /dev/shm
};

/// Runs the scenario in a child, with a fault if one is given.
Result run(const Scenario& scenario, std::optional<Fault> fault);

std::string name_of(int system_call);

/// The errors that such a call may return. None for a call that does not fail, or whose failure
/// looks like success (close(2) always closes).
std::vector<int> plausible_errors(const Call& call);

/// Whether all such calls may fail with this error from some moment on.
bool can_last(const Call& call, int error);

} // namespace surroundings
