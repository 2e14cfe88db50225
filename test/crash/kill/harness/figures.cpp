// SPDX-License-Identifier: BSL-1.0
#include "figures.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <boost/test/unit_test.hpp>

#include "stepper.hpp"
#include "support/expect.hpp"
#include "support/sanitized.hpp"

namespace crash {

namespace {

bool missing(const std::string& what) {
    BOOST_TEST(!is_soak(), what);
    test::skip(what);
    return false;
}

} // namespace

void Figures::note(const Report& report, const std::string& where) {
    ++kills;
    blame(report, where);
}

void Figures::blame(const Report& report, const std::string& where) {
    hung += report.fault == Fault::hung;
    lost += report.fault == Fault::lost;
    duplicated += report.fault == Fault::duplicated;
    other += report.fault == Fault::other;
    slowest_ms = std::max(slowest_ms, report.milliseconds);
    if (report.fault != Fault::none && first_complaint.empty()) {
        first_complaint = where + ": " + report.text.data();
    }
}

void Figures::add(const Figures& more) {
    kills += more.kills;
    states += more.states;
    hung += more.hung;
    lost += more.lost;
    duplicated += more.duplicated;
    other += more.other;
    slowest_ms = std::max(slowest_ms, more.slowest_ms);
    if (first_complaint.empty()) {
        first_complaint = more.first_complaint;
    }
}

std::string to_string(const Figures& figures) {
    const auto count = [](std::size_t n) { return std::to_string(n); };
    const std::string states =
        figures.states > 0 ? count(figures.states) + " distinct states, " : "";
    return figures.what + ": " + count(figures.kills) + " kills, " + states + "hangs " +
           count(figures.hung) + ", lost " + count(figures.lost) + ", duplicated " +
           count(figures.duplicated) + ", other faults " + count(figures.other) +
           ", slowest survivor " + std::to_string(figures.slowest_ms) + " ms";
}

void expect_faultless(const Figures& figures) {
    std::cout << to_string(figures) << std::endl;
    BOOST_TEST(figures.kills > 0U, figures.what);
    BOOST_TEST(figures.faults() == 0U, figures.what << ": " << figures.first_complaint);
}

bool can_kill() { return !test::sanitized || missing("killing a sanitized build proves nothing"); }

bool can_step() {
    return can_kill() && (may_trace() || missing("no process may trace another here"));
}

#ifdef __OPTIMIZE__
const bool optimised = true;
#else
const bool optimised = false;
#endif

bool is_soak() { return std::getenv("CREX_SOAK") != nullptr; }

} // namespace crash
