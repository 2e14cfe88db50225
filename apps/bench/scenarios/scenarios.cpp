// SPDX-License-Identifier: BSL-1.0
#include "scenarios/scenarios.hpp"

#include <iterator>
#include <utility>

namespace bench {

std::vector<Figure> messages_per_second(std::string name) {
    return {{std::move(name), "million/s", true}};
}

std::vector<Figure> nanoseconds(std::string name) { return {{std::move(name), "ns"}}; }

std::vector<Figure> percentiles(const std::string& name) {
    std::vector<Figure> figures;
    for (const Percentile& each : round_trip_percentiles) {
        figures.push_back({name + ", " + std::string{each.name}, "us", false, name, each.percent});
    }
    return figures;
}

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all = [] {
        std::vector<Scenario> parts;
        for (auto part :
             {queue_scenarios, ring_scenarios, semaphore_scenarios, curves, server_scenarios}) {
            std::vector<Scenario> its = part();
            std::move(its.begin(), its.end(), std::back_inserter(parts));
        }
        return parts;
    }();
    return all;
}

} // namespace bench
