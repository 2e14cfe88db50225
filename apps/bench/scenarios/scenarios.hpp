// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "methods/alone.hpp"
#include "methods/at_server.hpp"
#include "methods/life.hpp"
#include "methods/one_way.hpp"
#include "methods/round_trip.hpp"
#include "methods/semaphores.hpp"
#include "methods/wake_up.hpp"

namespace bench {

// One number that a scenario measures, and the name of its case in the results. Some are points of
// a curve: then the name is that of the curve, a comma, and where on the curve the point is.
struct Figure {
    std::string name;
    std::string_view unit;
    bool higher_is_better = false;
    std::string curve = {};
    double x = 0; // the same as a number
};

using Method =
    std::variant<OneWay, RoundTrip, WakeUp, Alone, Life, Uncontended, HandOver, AtServer>;

// In which rounds a scenario is measured.
enum class When {
    always,
    thrice,    // in the first three rounds: for what varies little
    once_full, // in the first round, and not with --quick: for what takes seconds
};

struct Scenario {
    Method method;
    std::vector<Figure> figures;
    std::string_view suite = "queue";
    std::vector<std::string_view> subjects = {}; // of that suite; all that fit if empty
    When when = When::always;
};

// targets.py uses the names in these, too. The parts are in a file each.
const std::vector<Scenario>& scenarios();

std::vector<Scenario> queue_scenarios();
std::vector<Scenario> ring_scenarios();
std::vector<Scenario> semaphore_scenarios();
std::vector<Scenario> curves();
std::vector<Scenario> server_scenarios(); // none without a server

// Figures that several of them have.
std::vector<Figure> messages_per_second(std::string name);
std::vector<Figure> nanoseconds(std::string name);
std::vector<Figure> percentiles(const std::string& name); // of a round trip, in the order measured

} // namespace bench
