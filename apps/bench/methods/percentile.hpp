// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

namespace bench {

// Changes the order of the samples.
inline double percentile(std::vector<std::uint32_t>& samples, double percent) {
    if (samples.empty()) {
        return 0;
    }
    const auto index =
        static_cast<std::ptrdiff_t>(static_cast<double>(samples.size() - 1) * percent / 100);
    std::nth_element(samples.begin(), samples.begin() + index, samples.end());
    return samples[static_cast<std::size_t>(index)];
}

struct Percentile {
    std::string_view name;
    double percent;
};

inline constexpr Percentile round_trip_percentiles[] = {
    {"p10", 10}, {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}};

// The figures of a round trip, in µs.
inline std::vector<double> round_trip_figures(std::vector<std::uint32_t>& samples_ns) {
    std::vector<double> figures;
    for (const Percentile& each : round_trip_percentiles) {
        figures.push_back(percentile(samples_ns, each.percent) / 1e3);
    }
    return figures;
}

} // namespace bench
