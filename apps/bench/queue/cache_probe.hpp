// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace bench {

// How long, in ns, two processors take to hand two cache lines to and fro: what no conversation can
// beat, and a sign of the machine's mood. 0 where there are no two.
double cacheline_round_trip_ns();

} // namespace bench
