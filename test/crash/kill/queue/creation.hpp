// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "crash/kill/harness/figures.hpp"
#include "scenario.hpp"
#include "survivor.hpp"

namespace crash {

/// Kills a process again and again while it does something to a queue that nobody else has open.
/// Whoever comes then must find none, or a whole one. Runs in a /dev/shm of its own.
class Solitude {
public:
    explicit Solitude(const Subject& subject, WaitOptions patience = {});

    /// While it creates one. At so many points at most, and those around each system call.
    Figures kill_in_creation(std::size_t points, const Shape& shape = {});

    /// While it closes one that lives until unused. Nothing may stay behind, then.
    Figures kill_in_last_close(std::size_t points);

private:
    using Body = std::function<void()>;
    Figures kill_in(const std::string& what, const Body& body, std::size_t points, bool lasts);
    Report come_after(bool lasts);

    const Subject& subject_;
    WaitOptions patience_;
    Shape shape_;
    std::string name_ = "/crex-test-creation";
};

} // namespace crash
