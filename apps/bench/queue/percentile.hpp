// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

} // namespace bench
