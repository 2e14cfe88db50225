// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "child.hpp"

namespace crash {

/// The stepped process calls these right before and right after the operation.
void operation_begins();
void operation_ends();

/// Whether processes may trace each other here.
bool may_trace();

/// A child that is executed one instruction at a time, from operation_begins() to operation_ends().
/// It is killed, wherever it is, when this object goes out of scope.
class Stepper {
public:
    /// Runs `body` up to operation_begins().
    explicit Stepper(const std::function<void()>& body);

    /// Executes one instruction: one iteration of a REP instruction, or a whole system call.
    /// Returns false when none is left before operation_ends().
    bool step();

    /// Runs until the child has come to `address` `times` times. False if it never did.
    bool run_to(std::uint64_t address, std::size_t times);

    /// The address of the next instruction.
    [[nodiscard]] std::uint64_t address() const;
    [[nodiscard]] bool at_system_call() const;

    void kill() { child_.kill(); }
    [[nodiscard]] pid_t pid() const { return child_.pid(); }

private:
    void run_on_to(std::uint64_t address);
    bool resume(int how); // false when the child has ended or is at the end
    [[nodiscard]] long text_at(std::uint64_t address) const;

    Child child_;
};

} // namespace crash
