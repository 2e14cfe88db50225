// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "crash/kill/harness/figures.hpp"
#include "scenario.hpp"
#include "survivor.hpp"

namespace crash {

/// Kills a process again and again while it creates or closes a queue that no other process has
/// open. The next process must find no queue or a whole one. Runs in a /dev/shm of its own.
class SoleUserKills {
public:
    explicit SoleUserKills(const Subject& subject, WaitOptions patience = {});

    /// Kills the process while it creates the queue: at no more than `points` points, and around
    /// each system call.
    Figures kill_in_creation(std::size_t points, const Shape& shape = {});

    /// Kills the process while it closes a queue that lives until unused. Nothing may be left
    /// behind.
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
