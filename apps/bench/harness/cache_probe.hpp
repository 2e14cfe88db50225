// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace bench {

// How long, in ns, two processors take to hand two cache lines to and fro. No round trip can be
// faster, and the figure shows the machine's present speed. 0 when there are no two processors.
double cacheline_round_trip_ns();

} // namespace bench
