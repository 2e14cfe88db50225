// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <iostream>
#include <optional>

#include <boost/timer/progress_display.hpp>

#include <unistd.h>

#include "producer_consumer/method.hpp"

namespace demo {

// Shows the progress of a run on a terminal.
class Progress {
public:
    Progress(const Method& method, std::uint64_t items, bool quiet) {
        if (!quiet && isatty(STDERR_FILENO) != 0) {
            std::cerr << '\n' << method;
            display_.emplace(items, std::cerr);
        }
    }

    ~Progress() {
        if (display_ && display_->count() < display_->expected_count()) {
            std::cerr << '\n'; // the reason for the end is printed on a line of its own
        }
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::uint64_t done) {
        if (display_ && done > display_->count()) {
            *display_ += done - display_->count();
        }
    }

private:
    std::optional<boost::timer::progress_display> display_;
};

} // namespace demo
