// SPDX-License-Identifier: BSL-1.0
#include "context/ending.hpp"

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>
#include <string>

namespace demo {
namespace {

constexpr std::array names{"leaves", "throws", "dies", "by-chance"};

} // namespace

std::istream& operator>>(std::istream& in, Ending& ending) {
    std::string text;
    in >> text;
    const auto* const name = std::find(names.begin(), names.end(), text);
    if (name == names.end()) {
        in.setstate(std::ios::failbit);
    } else {
        ending = static_cast<Ending>(name - names.begin());
    }
    return in;
}

std::ostream& operator<<(std::ostream& out, Ending ending) {
    return out << names[static_cast<std::size_t>(ending)];
}

} // namespace demo
