// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace bench {

// Where a process runs: anywhere, or on one of two processors that are not threads of one core.
enum class Place { anywhere, first_cpu, second_cpu };

// Whether this process may use two such processors.
bool has_two_cpus();

// Throws Refused when there is no such processor.
void move_to(Place place);

} // namespace bench
