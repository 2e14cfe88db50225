// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

#include "servant.hpp"

namespace crash {

/// What came of killing somebody again and again.
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

/// On one line.
std::string to_string(const Figures& figures);

/// Prints them; fails the test if there is a fault in them.
void expect_faultless(const Figures& figures);

/// Whether this harness can do anything here. If not, says why; where everything must be proved,
/// fails the test.
bool can_step();
bool can_kill();

/// Whether it was asked that everything be proved (CREX_SOAK).
bool is_soak();

/// Built for the soak: whatever can be tried is tried, however long that takes.
#ifdef CREX_THOROUGH
constexpr bool thorough = true;
#else
constexpr bool thorough = false;
#endif

} // namespace crash
