// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>

#include "common/errors.hpp"
#include "platform/fork_safe_mutex.hpp"

// A descriptor for poll(2) on something that the kernel knows nothing of: a thread looks every
// 50 ms, and makes it readable or not. What comes and goes in between is missed.

namespace crex::detail {

class PolledReadiness {
public:
    PolledReadiness();
    ~PolledReadiness();
    PolledReadiness(const PolledReadiness&) = delete;
    PolledReadiness& operator=(const PolledReadiness&) = delete;

    // Begins to look, unless it does already: also in a forked child, which has no threads but its
    // own, and then gets a descriptor of its own.
    int fd(const Call& call, const std::function<bool()>& is_ready);

    // Looks no more.
    void end() noexcept;

private:
    class Watch;

    ForkSafeMutex mutex_;
    std::unique_ptr<Watch> watch_;
};

} // namespace crex::detail
