// SPDX-License-Identifier: BSL-1.0
#include "trace.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace crash {

Segment::Segment(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file < 0) {
        return;
    }
    fstat(file, &status);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const address = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (address != MAP_FAILED) {
        bytes_ = {static_cast<const std::byte*>(address), size};
        before_.assign(bytes_.begin(), bytes_.end());
    }
}

Segment::~Segment() {
    if (!bytes_.empty()) {
        munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
}

bool Segment::changed() {
    if (bytes_.empty() || std::memcmp(bytes_.data(), before_.data(), bytes_.size()) == 0) {
        return false;
    }
    std::copy(bytes_.begin(), bytes_.end(), before_.begin());
    return true;
}

std::uint64_t Segment::hash() const {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(before_.data()), before_.size()});
}

Trace::Trace(Stepper& stepper, const std::string& path) {
    Segment segment{path};
    std::uint64_t bytes = segment.hash();
    std::uint64_t system_calls = 0;
    for (bool more = true; more;) {
        note(stepper, bytes + system_calls * 0x9e3779b97f4a7c15);
        system_calls += stepper.at_system_call() ? 1 : 0;
        more = stepper.step();
        if (stepper.address() != addresses_.back() && segment.changed()) {
            bytes = segment.hash();
        }
    }
    note(stepper, bytes + system_calls * 0x9e3779b97f4a7c15);
    count_occurrences();
}

void Trace::note(const Stepper& stepper, std::uint64_t state) {
    addresses_.push_back(stepper.address());
    states_.push_back(state);
}

void Trace::count_occurrences() {
    std::unordered_map<std::uint64_t, std::size_t> times;
    std::unordered_set<std::uint64_t> seen;
    for (std::size_t i = 0; i < points(); ++i) {
        occurrences_.push_back(++times[addresses_[i]]);
        if (seen.insert(states_[i]).second) {
            distinct_.push_back(i);
        }
    }
}

std::vector<std::size_t> Trace::all() const {
    std::vector<std::size_t> points(states_.size());
    std::iota(points.begin(), points.end(), 0);
    return points;
}

// Each run to a breakpoint costs about as much as a few single steps.
Route Trace::route_to(std::size_t point) const {
    constexpr std::size_t cost_of_breakpoint = 3;
    Route best{0, 0, point};
    std::size_t lowest = point;
    for (std::size_t back = 0; back <= point && back < lowest; ++back) {
        const std::size_t from = point - back;
        const std::size_t cost = occurrences_[from] * cost_of_breakpoint + back;
        if (cost < lowest) {
            lowest = cost;
            best = {addresses_[from], occurrences_[from], back};
        }
    }
    return best;
}

std::vector<std::size_t> some(const std::vector<std::size_t>& points, std::size_t at_most) {
    const std::size_t count = std::min(at_most, points.size());
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) {
        chosen.push_back(points[i * points.size() / count]);
    }
    return chosen;
}

void bring(Stepper& stepper, const Route& route) {
    bool there = route.times == 0 || stepper.run_to(route.address, route.times);
    for (std::size_t i = 0; there && i < route.steps; ++i) {
        there = stepper.step();
    }
}

} // namespace crash
