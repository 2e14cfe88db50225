// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace test {

/// How a helper program ends: one exit code for each kind of outcome.
enum Outcome : int {
    done = 0,
    usage = 2,
    no = 9, // an answer, not an error: false, nothing there
    existential_error = 10,
    permissions_error = 11,
    busy_error = 12,
    signal_error = 13,
    corrupt_error = 14,
    invalid_argument = 15,
    other_error = 16,
    shutdown_error = 17,
    lease_lost_error = 18,
    connection_error = 19,
};

} // namespace test
