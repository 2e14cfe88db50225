// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

// Shows on standard error how far the run is, and about how long the rest will take: on a terminal
// in one line, else in a line for each tenth.
class Progress {
public:
    explicit Progress(std::size_t measurements);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // A measurement begins.
    void next(std::string_view scenario, std::string_view subject);

private:
    [[nodiscard]] long seconds_left() const;

    std::size_t all_;
    std::size_t begun_ = 0;
    std::size_t tenths_shown_ = 0;
    std::int64_t start_ns_;
    bool on_terminal_;
};

} // namespace bench
