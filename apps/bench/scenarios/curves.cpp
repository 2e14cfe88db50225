// SPDX-License-Identifier: BSL-1.0

// How the cost grows with the size of a message, with what waits, and with how many take part.

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "scenarios/scenarios.hpp"

namespace bench {

namespace {

constexpr std::size_t kib = 1 << 10;
constexpr std::size_t mib = 1 << 20;
constexpr std::size_t gib = 1 << 30;

std::string bytes(std::size_t size) {
    const auto [unit, name] = size >= gib   ? std::pair{gib, " GiB"}
                              : size >= mib ? std::pair{mib, " MiB"}
                              : size >= kib ? std::pair{kib, " KiB"}
                                            : std::pair{std::size_t{1}, " B"};
    return std::to_string(size / unit) + name;
}

Figure point(const std::string& curve, std::string_view unit, std::size_t x,
             const std::string& shown) {
    return {curve + ", " + shown, unit, unit == "million/s", curve, static_cast<double>(x)};
}

Figure point(const std::string& curve, std::string_view unit, std::size_t x) {
    return point(curve, unit, x, std::to_string(x));
}

Scenario curve_point(Method method, std::vector<Figure> figures, When when = When::thrice) {
    return {std::move(method), std::move(figures), "curve", {}, when};
}

using Scenarios = std::vector<Scenario>;

// Those that keep messages and that any number of handles can use.
const std::vector<std::string_view> queues{"crex",   "crex drop-in", "boost",
                                           "kernel", "system v",     "pipe"};

// At most 4 MiB in the queue, but at least two messages.
void add_sizes(Scenarios& all) {
    const std::string curve = "one way by size";
    for (std::size_t size = 16; size <= gib; size *= 4) {
        const std::size_t capacity = std::clamp<std::size_t>(4 * mib / size, 2, 1024);
        Scenario scenario = curve_point(OneWay{.shape = {capacity, size}},
                                        {point(curve, "million/s", size, bytes(size))});
        if (size > mib) {
            scenario.when = When::once_full;
            scenario.subjects = {"crex",   "crex ring", "boost", "pipe",
                                 "stream", "zeromq",    "nng",   "memcpy"};
        }
        all.push_back(std::move(scenario));
    }
}

// The message that is sent is one of those that wait.
void add_depths(Scenarios& all, unsigned priorities, const std::string& curve) {
    for (std::size_t depth = 1; depth <= std::size_t{1} << 24; depth *= 16) {
        Scenario scenario = curve_point(
            Alone{.queued = depth - 1, .shape = {.capacity = depth, .priorities = priorities}},
            {point(curve, "ns", depth)}, depth < 100'000 ? When::thrice : When::once_full);
        scenario.subjects = queues;
        all.push_back(std::move(scenario));
    }
}

void add_handles(Scenarios& all) {
    for (const unsigned handles : {1U, 4U, 16U, 64U, 256U, 512U}) {
        Scenario scenario = curve_point(Alone{.shape = {10, 64, handles}},
                                        {point("send+receive by open handles", "ns", handles)});
        scenario.subjects = queues;
        all.push_back(std::move(scenario));
    }
}

void add_waiters(Scenarios& all) {
    for (const unsigned waiters : {1U, 4U, 16U, 64U, 256U, 511U}) { // and one that calls
        const std::string curve = "round trip by waiting receivers";
        Scenario scenario =
            curve_point(RoundTrip{.shape = {10, 64, waiters + 1}, .waiters = waiters}, {});
        for (const Percentile& each : round_trip_percentiles) {
            scenario.figures.push_back(point(curve + ", " + std::string{each.name}, "us", waiters));
        }
        scenario.subjects = {"crex",     "crex drop-in", "boost",    "kernel",
                             "system v", "pipe",         "seqpacket"};
        all.push_back(std::move(scenario));
    }
}

void add_senders(Scenarios& all) {
    for (const unsigned count : {1U, 2U, 4U, 8U, 16U}) {
        all.push_back(curve_point(OneWay{.shape = {1024, 64}, .senders = count},
                                  {point("N senders, one receiver", "million/s", count)}));
        all.push_back(curve_point(OneWay{.shape = {1024, 64}, .senders = count, .receivers = count},
                                  {point("N senders, N receivers", "million/s", count)}));
    }
}

void add_objects(Scenarios& all) {
    for (const unsigned others : {1U, 10U, 100U, 1'000U, 10'000U}) {
        all.push_back(
            curve_point(Life{.others = others},
                        {point("create to remove by objects on the machine", "us", others),
                         point("open to close by objects on the machine", "us", others)},
                        others < 1'000U ? When::thrice : When::once_full));
    }
}

} // namespace

std::vector<Scenario> curves() {
    Scenarios all;
    add_sizes(all);
    add_depths(all, 1, "send+receive by depth, one priority");
    add_depths(all, 32, "send+receive by depth, 32 priorities");
    add_handles(all);
    add_waiters(all);
    add_senders(all);
    add_objects(all);
    return all;
}

} // namespace bench
