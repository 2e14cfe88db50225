// SPDX-License-Identifier: BSL-1.0
#include "common/transcript.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace demo {

void Transcript::begin_line() const {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    localtime_r(&now.tv_sec, &parts);
    std::array<char, 32> stamp{};
    std::snprintf(stamp.data(), stamp.size(), "%02d:%02d:%02d.%06ld ", parts.tm_hour, parts.tm_min,
                  parts.tm_sec, now.tv_nsec / 1000);
    std::cout << stamp.data() << name_of(who_) << ": ";
}

} // namespace demo
