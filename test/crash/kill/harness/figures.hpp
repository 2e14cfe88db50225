// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

#include "command_process.hpp"
#include "support/thorough.hpp"

namespace crash {

/// The results of many kills.
struct Figures {
    std::string what;
    std::size_t kills = 0;
    std::size_t states = 0;
    std::size_t hung = 0;
    std::size_t lost = 0;
    std::size_t duplicated = 0;
    std::size_t other = 0;
    int slowest_ms = 0;
    std::string first_complaint{};

    void note(const Report& report, const std::string& where); // of one kill
    void blame(const Report& report, const std::string& where);
    void add(const Figures& more);
    [[nodiscard]] std::size_t faults() const { return hung + lost + duplicated + other; }
};

/// All results in one line.
std::string to_string(const Figures& figures);

/// Prints the results; fails the test if they contain a fault.
void expect_faultless(const Figures& figures);

/// Whether this machine can run the harness. If not, says why, and fails the test where everything
/// must be proved.
bool can_step();
bool can_kill();

/// Whether everything must be proved (CREX_SOAK).
bool is_soak();

using test::thorough;

/// Whether crex and the harness are an optimised build. That is stepped through completely, another
/// build only in part.
extern const bool optimised;

} // namespace crash
