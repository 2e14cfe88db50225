// SPDX-License-Identifier: BSL-1.0
#include "harness/cache_probe.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <thread>

#include "harness/clock.hpp"
#include "harness/cpus.hpp"

namespace bench {

namespace {

constexpr int round_trips = 2000;
constexpr std::size_t bursts = 21;

struct alignas(128) Line { // 128: a prefetcher may fetch pairs of lines
    std::atomic<int> value{0};
};

struct Table {
    Line ping;
    Line pong;
};

void answer(Table& table) {
    move_to(Place::second_cpu);
    for (int turn = 1; turn <= round_trips * static_cast<int>(bursts); ++turn) {
        while (table.ping.value.load(std::memory_order_acquire) != turn) {
        }
        table.pong.value.store(turn, std::memory_order_release);
    }
}

double burst(Table& table, int first_turn) {
    const auto start = now_ns();
    for (int turn = first_turn; turn < first_turn + round_trips; ++turn) {
        table.ping.value.store(turn, std::memory_order_release);
        while (table.pong.value.load(std::memory_order_acquire) != turn) {
        }
    }
    return static_cast<double>(now_ns() - start) / round_trips;
}

} // namespace

// The median of several bursts: other programs may have used the processor during some.
double cacheline_round_trip_ns() {
    if (!has_two_cpus()) {
        return 0;
    }
    Table table;
    std::array<double, bursts> took{};
    std::thread other{answer, std::ref(table)};
    std::thread one{[&] {
        move_to(Place::first_cpu);
        int turn = 1;
        for (double& ns : took) {
            ns = burst(table, turn);
            turn += round_trips;
        }
    }};
    one.join();
    other.join();
    std::nth_element(took.begin(), took.begin() + bursts / 2, took.end());
    return took[bursts / 2];
}

} // namespace bench
