// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// System calls that fail because we say so: a child process makes them, and its parent answers for
// the kernel (SECCOMP_RET_USER_NOTIF in seccomp(2)).

namespace surroundings {

/// What the child does. `prepare` is not disturbed, `act` is. What it throws is kept.
struct Scenario {
    const char* name;
    std::function<void()> prepare;
    std::function<void()> act;
};

/// Which of the calls that `act` makes fails, and how: the nth of its sort (from 0, and of those
/// for which there are plausible errors), or all from there on.
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

/// What `act` did to the child, and the child to itself.
struct Result {
    bool possible = true; // false where seccomp(2) does not let us
    bool hung = false;    // killed after a while
    int ended_by = 0;     // a signal
    int exit_code = 0;
    std::vector<Call> calls;
    std::string thrown;         // class and message; empty for success
    int code = 0;               // of a crex::Error
    bool was_documented = true; // the exception's class
    long descriptors_left = 0;  // more than before
    long mappings_left = 0;     // likewise, of files in /dev/shm
};

/// Runs the scenario in a child, with a fault if one is given.
Result run(const Scenario& scenario, std::optional<Fault> fault);

std::string name_of(int system_call);

/// What may become of such a call on a bad day; nothing for one that does not fail, or whose
/// failure cannot be told from success (close(2) closes in any case).
std::vector<int> plausible_errors(const Call& call);

/// Whether all such calls may fail like that from some moment on.
bool can_last(const Call& call, int error);

} // namespace surroundings
