// SPDX-License-Identifier: BSL-1.0
#include "scenarios/scenarios.hpp"

namespace bench {

namespace {

// Several messages at a time, in no more than 4 MiB of memory.
constexpr Shape of_8_kib{64, 8 << 10};
constexpr Shape of_64_kib{64, 64 << 10};

Method with_queued(std::size_t queued) {
    return Alone{.queued = queued, .shape = {.capacity = queued + 1, .priorities = 32}};
}

Method several(unsigned senders, unsigned receivers, std::size_t capacity) {
    return OneWay{.shape = {capacity, 64}, .senders = senders, .receivers = receivers};
}

} // namespace

std::vector<Scenario> queue_scenarios() {
    using enum Handover;
    return {
        {OneWay{.shape = {1024, 64}}, messages_per_second("1 to 1, capacity 1024")},
        {OneWay{.shape = {.priorities = 32}},
         messages_per_second("1 to 1, capacity 1024, random priorities")},
        {OneWay{.shape = {10, 64}}, messages_per_second("1 to 1, capacity 10")},
        {several(4, 1, 1024), messages_per_second("4 to 1, capacity 1024")},
        {several(4, 4, 1024), messages_per_second("4 to 4, capacity 1024")},
        {several(4, 1, 10), messages_per_second("4 to 1, capacity 10")},
        {RoundTrip{}, percentiles("round trip, two cores")},
        {RoundTrip{.one_cpu = true}, percentiles("round trip, one core")},
        {WakeUp{},
         {{"wake-up after 20 ms idle, p50", "us"}, {"wake-up after 20 ms idle, p90", "us"}}},
        {OneWay{.shape = {1024, 64}, .handover = in_batches},
         messages_per_second("1 to 1, batches of 64"),
         "queue",
         {"crex", "crex-boost", "crex-posix", "boost", "kernel"}},
        {with_queued(10), nanoseconds("send+receive, 10 queued")},
        {with_queued(1'000), nanoseconds("send+receive, 1,000 queued")},
        {with_queued(100'000), nanoseconds("send+receive, 100,000 queued")},
        {OneWay{.shape = of_8_kib}, messages_per_second("8 KiB by copy")},
        {OneWay{.shape = of_64_kib}, messages_per_second("64 KiB by copy")},
        {OneWay{.shape = of_64_kib, .handover = in_place},
         messages_per_second("64 KiB by loan and lease"),
         "queue",
         {"crex", "boost", "kernel"}},
        {OneWay{.shape = of_64_kib, .handover = in_place, .touch = Touch::everything},
         messages_per_second("64 KiB by loan and lease, all touched"),
         "queue",
         {"crex", "boost", "kernel"}},
        {Alone{.shape = {10, 64}}, nanoseconds("send+receive, uncontended")},
        {Alone{.shape = {1024, 64}}, nanoseconds("send+receive, uncontended, capacity 1024")},
    };
}

} // namespace bench
