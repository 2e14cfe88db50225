// SPDX-License-Identifier: BSL-1.0
#include "harness/background_load.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "harness/clock.hpp"

namespace bench {

namespace {

// All processors together: user nice system idle iowait irq softirq steal, in ticks (proc(5)).
double busy_seconds() {
    std::ifstream file{"/proc/stat"};
    std::string cpu;
    file >> cpu;
    double ticks = 0;
    double count = 0;
    for (int column = 0; column < 8 && file >> count; ++column) {
        const bool idle = column == 3 || column == 4;
        ticks += idle ? 0 : count;
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double seconds_used(int who) {
    rusage usage{};
    getrusage(who, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double foreign_seconds() {
    return busy_seconds() - seconds_used(RUSAGE_SELF) - seconds_used(RUSAGE_CHILDREN);
}

} // namespace

BackgroundLoad::BackgroundLoad() : start_ns_{now_ns()}, foreign_seconds_{foreign_seconds()} {}

double BackgroundLoad::processors() const {
    const double elapsed = static_cast<double>(now_ns() - start_ns_) / ns_per_s;
    return std::max(0.0, (foreign_seconds() - foreign_seconds_) / elapsed);
}

} // namespace bench
