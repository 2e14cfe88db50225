// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace bench {

// Cheap, and the same sequence each time: every subject gets the same priorities.
class RandomPriorities {
public:
    RandomPriorities(unsigned priorities, unsigned seed)
        : priorities_{priorities}, state_{seed * 2654435761U + 1} {}

    // From 0 to priorities - 1 (xorshift32).
    std::uint16_t operator()() {
        if (priorities_ == 1) {
            return 0;
        }
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return static_cast<std::uint16_t>((std::uint64_t{state_} * priorities_) >> 32);
    }

private:
    unsigned priorities_;
    std::uint32_t state_;
};

} // namespace bench
