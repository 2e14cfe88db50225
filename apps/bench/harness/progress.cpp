// SPDX-License-Identifier: BSL-1.0
#include "harness/progress.hpp"

#include <cstdio>

#include <unistd.h>

#include "harness/clock.hpp"

namespace bench {

Progress::Progress(std::size_t measurements)
    : all_{measurements}, start_ns_{now_ns()}, on_terminal_{isatty(STDERR_FILENO) != 0} {}

Progress::~Progress() {
    if (on_terminal_) {
        std::fputs("\r\033[K", stderr);
    }
}

void Progress::next(std::string_view scenario, std::string_view subject) {
    const std::size_t done = begun_++;
    if (on_terminal_) {
        std::fprintf(stderr, "\r%zu of %zu, about %ld s left: %.50s, %.20s\033[K", begun_, all_,
                     seconds_left(), scenario.data(), subject.data());
    } else if (done * 10 / all_ >= tenths_shown_) {
        std::fprintf(stderr, "%3zu %%  (%zu of %zu, about %ld s left)\n", done * 100 / all_, done,
                     all_, seconds_left());
        tenths_shown_ = done * 10 / all_ + 1;
    }
}

long Progress::seconds_left() const {
    const double done = static_cast<double>(begun_);
    const double elapsed = static_cast<double>(now_ns() - start_ns_) / ns_per_s;
    return static_cast<long>(elapsed / done * (static_cast<double>(all_) - done) + 0.5);
}

} // namespace bench
