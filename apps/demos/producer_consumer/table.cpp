// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/table.hpp"

#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace demo {
namespace {

std::string text_of(const Method& method) {
    std::ostringstream text;
    text << method;
    return text.str();
}

std::uint64_t rate(const Result& result) {
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(result.outcome.items) / result.seconds));
}

template <class... Columns>
void print_line(std::ostream& out, const std::string& method, const Columns&... columns) {
    constexpr int widths[] = {12, 8, 12, 20, 8, 12};
    const int* width = widths;
    out << std::left << std::setw(15) << method << std::right;
    ((out << std::setw(*width++) << columns), ...);
    out << '\n';
}

} // namespace

void print_table(std::ostream& out, const std::vector<Result>& results) {
    print_line(out, "method", "items", "lost", "duplicated", "held by the killed", "kills",
               "items/s");
    for (const Result& result : results) {
        const Outcome& outcome = result.outcome;
        print_line(out, text_of(result.method), outcome.items, outcome.lost, outcome.duplicated,
                   outcome.held, result.kills, rate(result));
    }
    for (const Result& result : results) {
        if (result.outcome.damaged > 0) {
            out << result.method << ": " << result.outcome.damaged
                << " times an item arrived with a wrong checksum.\n";
        }
    }
}

} // namespace demo
