// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <span>

#include "harness/cpus.hpp"
#include "harness/shared_state.hpp"

// The processes of a measurement. There are three generations: the benchmark, one process for each
// measurement, and the participants of that measurement. When a process ends, those below it are
// killed.

namespace bench {

struct Role {
    Place place = Place::anywhere;
    std::function<void(SharedState::Part&)> play;
};

// Plays each role in a process of its own, after all of them have met. Throws when one failed; its
// error is in the shared state.
void play(SharedState& shared, std::span<const Role> roles);

// Runs a measurement in a process of its own, and waits until it and all its participants are gone,
// killing them after `seconds`. The shared state says how it ended.
void run_apart(SharedState& shared, unsigned seconds, const std::function<void()>& measurement);

} // namespace bench
