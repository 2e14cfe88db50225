// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <new>

#include "platform/fork.hpp"

namespace crex::detail {

// A mutex that is free in a forked child, whatever thread had it: that one is not there. What it
// guards must be such that a child can do with it as it was left.
class ForkSafeMutex final : private ForkAware {
public:
    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

private:
    void in_forked_child() noexcept override { new (&mutex_) std::mutex; }

    std::mutex mutex_;
};

} // namespace crex::detail
