// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <new>

#include "platform/fork.hpp"

namespace crex::detail {

// A mutex that is free in a forked child, even if a thread of the parent held it: that thread does
// not exist in the child. A child must be able to use the data under it in any state.
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
