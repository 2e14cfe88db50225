// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "harness/clock.hpp"

namespace bench {

// How many messages make a measurement of about so many seconds: a few at first and then more,
// until their time is known. The first of them do not count: they connect the processes and touch
// the memory. All participants see the same times and compute the same number.
class Calibration {
public:
    Calibration(double seconds, std::uint64_t first)
        : wanted_ns_{seconds * ns_per_s}, count_{first}, warming_up_{true} {}

    [[nodiscard]] std::uint64_t count() const { return count_; }

    // Whether the count was enough; otherwise count() is another one now.
    bool was_enough(std::int64_t elapsed_ns) {
        if (last_) {
            return true;
        }
        if (std::exchange(warming_up_, false)) {
            return false;
        }
        const double share = static_cast<double>(elapsed_ns) / wanted_ns_;
        last_ = share > 0.2;
        const double factor = last_ ? 1 / share : 4;
        count_ = std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>(static_cast<double>(count_) * factor));
        return false;
    }

private:
    double wanted_ns_;
    std::uint64_t count_;
    bool warming_up_;
    bool last_ = false;
};

} // namespace bench
