// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <new>

#include "platform/fork.hpp"

namespace crex::detail {

// A mutex that is free in a forked child, whatever thread had it: that one is not there. What it
// guards must be such that a child can do with it as it was left.
class ForkSafeMutex {
public:
    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

    void in_forked_child() noexcept { new (&mutex_) std::mutex; }

private:
    std::mutex mutex_;
    AtForkChild watch_{*this};
};

} // namespace crex::detail
