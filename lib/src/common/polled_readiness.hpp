// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>

#include "common/errors.hpp"
#include "platform/fork_safe_mutex.hpp"

// A descriptor for poll(2) on a condition that the kernel does not know: a thread checks every 50
// ms, and makes it readable or not. A change that does not last until the next check is missed.

namespace crex::detail {

class PolledReadiness {
public:
    PolledReadiness();
    ~PolledReadiness();
    PolledReadiness(const PolledReadiness&) = delete;
    PolledReadiness& operator=(const PolledReadiness&) = delete;

    // Starts the thread, unless this process has it already. A forked child gets its own thread and
    // its own descriptor.
    int fd(const Call& call, const std::function<bool()>& is_ready);

    // Ends the thread and closes the descriptor.
    void end() noexcept;

private:
    class Watch;

    ForkSafeMutex mutex_;
    std::unique_ptr<Watch> watch_;
};

} // namespace crex::detail
