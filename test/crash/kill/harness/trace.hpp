// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stepper.hpp"

namespace crash {

/// A queue's file seen from outside. A queue that is no file has no bytes.
class Segment {
public:
    explicit Segment(const std::string& path);
    ~Segment();
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;

    [[nodiscard]] bool changed(); // since the last call
    [[nodiscard]] std::uint64_t hash() const;

private:
    std::span<const std::byte> bytes_;
    std::vector<std::byte> before_;
};

/// The way to a point: to an address for the nth time, and then some instructions on.
struct Route {
    std::uint64_t address = 0;
    std::size_t times = 0;
    std::size_t steps = 0;
};

/// One whole run of an operation, instruction by instruction.
class Trace {
public:
    /// Watches the bytes of the file at `path`. The changes of a repeated instruction (a long copy)
    /// are seen when it is complete.
    Trace(Stepper& stepper, const std::string& path);

    /// The points at which the process can be killed: before each instruction, and after the last.
    [[nodiscard]] std::size_t points() const { return states_.size(); }

    [[nodiscard]] std::vector<std::size_t> all() const;

    /// The first point of each state. A state is the segment's bytes and the number of system calls
    /// so far.
    [[nodiscard]] const std::vector<std::size_t>& distinct() const { return distinct_; }

    /// The cheapest way to a point.
    [[nodiscard]] Route route_to(std::size_t point) const;
    [[nodiscard]] std::uint64_t address_at(std::size_t point) const { return addresses_[point]; }

private:
    void note(const Stepper& stepper, std::uint64_t state);
    void count_occurrences();

    std::vector<std::uint64_t> addresses_;
    std::vector<std::size_t> occurrences_; // of that address up to that point
    std::vector<std::uint64_t> states_;
    std::vector<std::size_t> distinct_;
};

/// At most this many points, evenly spread.
std::vector<std::size_t> some(const std::vector<std::size_t>& points, std::size_t at_most);

/// Brings a stepper to a point, or to the end if its run takes another way and ends before.
void bring(Stepper& stepper, const Route& route);

} // namespace crash
