// SPDX-License-Identifier: BSL-1.0
#include "queue/scenarios.hpp"

namespace bench {

namespace {

// Several messages at a time, in no more than 4 MiB of memory.
constexpr Shape of_8_kib{64, 8 << 10};
constexpr Shape of_64_kib{64, 64 << 10};

std::vector<Figure> messages_per_second(std::string name) {
    return {{std::move(name), "million/s", true}};
}

std::vector<Figure> nanoseconds(std::string name) { return {{std::move(name), "ns"}}; }

Method with_queued(std::size_t queued) {
    return Alone{.queued = queued, .priorities = 32, .shape = {queued + 1, 64}};
}

Method several(unsigned senders, unsigned receivers, std::size_t capacity) {
    return OneWay{.shape = {capacity, 64}, .senders = senders, .receivers = receivers};
}

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
            {{name + ", p50", "us"}, {name + ", p99", "us"}},
            "ring",
            {"crex", "crex polling", "cache line"}};
}

} // namespace

// targets.py uses these names, too.
const std::vector<Scenario>& scenarios() {
    using enum Handover;
    static const std::vector<Scenario> all{
        {OneWay{.shape = {1024, 64}}, messages_per_second("1 to 1, capacity 1024")},
        {OneWay{.shape = {1024, 64}, .priorities = 32},
         messages_per_second("1 to 1, capacity 1024, random priorities")},
        {OneWay{.shape = {10, 64}}, messages_per_second("1 to 1, capacity 10")},
        {several(4, 1, 1024), messages_per_second("4 to 1, capacity 1024")},
        {several(4, 4, 1024), messages_per_second("4 to 4, capacity 1024")},
        {several(4, 1, 10), messages_per_second("4 to 1, capacity 10")},
        {RoundTrip{}, {{"round trip, two cores, p50", "us"}, {"round trip, two cores, p99", "us"}}},
        {RoundTrip{.one_cpu = true},
         {{"round trip, one core, p50", "us"}, {"round trip, one core, p99", "us"}}},
        {WakeUp{}, {{"wake-up after 20 ms idle, p50", "us"}}},
        {OneWay{.shape = {1024, 64}, .handover = in_batches},
         messages_per_second("1 to 1, batches of 64")},
        {with_queued(10), nanoseconds("send+receive, 10 queued")},
        {with_queued(1'000), nanoseconds("send+receive, 1,000 queued")},
        {with_queued(100'000), nanoseconds("send+receive, 100,000 queued")},
        {OneWay{.shape = of_8_kib}, messages_per_second("8 KiB by copy")},
        {OneWay{.shape = of_64_kib}, messages_per_second("64 KiB by copy")},
        {OneWay{.shape = of_64_kib, .handover = in_place},
         messages_per_second("64 KiB by loan and lease")},
        {OneWay{.shape = of_64_kib, .handover = in_place, .touch = Touch::everything},
         messages_per_second("64 KiB by loan and lease, all touched")},
        {Alone{.shape = {10, 64}}, nanoseconds("send+receive, uncontended")},
        {Alone{.shape = {1024, 64}}, nanoseconds("send+receive, uncontended, capacity 1024")},
        {OneWay{.shape = {16384, 64}},
         messages_per_second("64 B by copy"),
         "ring",
         {"crex", "crex polling", "boost spsc", "boost", "pipe"}},
        handed_over(64, "64 B in place, untouched"),
        handed_over(1 << 10, "1 KiB in place, untouched"),
        handed_over(64 << 10, "64 KiB in place, untouched"),
        {OneWay{.shape = of_64_kib, .touch = Touch::everything},
         messages_per_second("64 KiB by copy, all touched"),
         "ring",
         {"crex", "crex polling", "boost", "pipe", "memcpy"}},
        ring_round_trip(24, "round trip, 24 B"),
        ring_round_trip(64, "round trip, 64 B"),
    };
    return all;
}

} // namespace bench
