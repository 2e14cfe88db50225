// SPDX-License-Identifier: BSL-1.0
#include "scenarios/scenarios.hpp"

#include <utility>

namespace bench {

namespace {

// The number of records does not depend on their size.
Scenario handed_over(std::size_t size, std::string name) {
    constexpr std::size_t records = 1024;
    return {OneWay{.shape = {records, size}, .handover = Handover::untouched},
            messages_per_second(std::move(name)),
            "ring",
            {"crex", "crex polling"}};
}

Scenario ring_round_trip(std::size_t size, const std::string& name) {
    return {RoundTrip{.shape = {64, size}},
            percentiles(name),
            "ring",
            {"crex", "crex polling", "cache line"}};
}

} // namespace

std::vector<Scenario> ring_scenarios() {
    return {
        {OneWay{.shape = {16384, 64}},
         messages_per_second("64 B by copy"),
         "ring",
         {"crex", "crex polling", "boost spsc", "boost", "pipe"}},
        handed_over(64, "64 B in place, untouched"),
        handed_over(1 << 10, "1 KiB in place, untouched"),
        handed_over(64 << 10, "64 KiB in place, untouched"),
        {OneWay{.shape = {64, 64 << 10}, .touch = Touch::everything},
         messages_per_second("64 KiB by copy, all touched"),
         "ring",
         {"crex", "crex polling", "boost", "pipe", "memcpy"}},
        ring_round_trip(24, "round trip, 24 B"),
        ring_round_trip(64, "round trip, 64 B"),
    };
}

} // namespace bench
