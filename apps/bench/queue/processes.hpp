// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <span>

#include "queue/cpus.hpp"
#include "queue/shared_state.hpp"

// The processes of a measurement. There are three generations: the benchmark, one process for each
// measurement, and the participants of that. When one goes, those below it are killed.

namespace bench {

struct Role {
    Place place = Place::anywhere;
    std::function<void(SharedState::Part&)> play;
};

// Plays each role in a process of its own, after they have met. Throws when one failed; what it
// said is in the shared state.
void play(SharedState& shared, std::span<const Role> roles);

// Runs a measurement in a process of its own and waits until that and all its participants are
// gone, killing them after `seconds`. How it ended is in the shared state.
void run_apart(SharedState& shared, unsigned seconds, const std::function<void()>& measurement);

} // namespace bench
