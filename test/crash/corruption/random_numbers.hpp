// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hostile {

/// Random numbers that depend only on the seed (splitmix64).
class RandomNumbers {
public:
    explicit RandomNumbers(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15;
        z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
        z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
        return z ^ z >> 31;
    }

    /// Below `limit`, which is at least 1.
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }

    bool one_in(std::size_t n) { return below(n) == 0; }

    template <class Range> auto& one_of(Range& range) { return range[below(std::size(range))]; }

private:
    std::uint64_t state_;
};

} // namespace hostile
