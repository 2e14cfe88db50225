// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

// The PostgreSQL server that bench.sh has started for the cases of the suite "server".

namespace bench {

// Whether there is one: CREX_BENCH_SERVER.
bool has_server();

// The parameters of a connection to it.
std::string server_parameters();

// The processor time that all processes of the server have used so far, in ns. Those that have
// ended are not among them. Throws when the kernel does not tell.
double server_processor_ns();

} // namespace bench
