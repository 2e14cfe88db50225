// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace bench {

// How many processors other programs, or the host, have used up since this was made. They distort
// what is measured, most of all how long it takes to wake somebody.
class BackgroundLoad {
public:
    BackgroundLoad();

    [[nodiscard]] double processors() const;

private:
    std::int64_t start_ns_;
    double foreign_seconds_;
};

} // namespace bench
