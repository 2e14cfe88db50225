// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace bench {

// How many processors other programs, or the host, have used since this object was made. They
// distort the figures, most of all the time that waking a process takes.
class BackgroundLoad {
public:
    BackgroundLoad();

    [[nodiscard]] double processors() const;

private:
    std::int64_t start_ns_;
    double foreign_seconds_;
};

} // namespace bench
