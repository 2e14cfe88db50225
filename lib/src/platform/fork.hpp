// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

// Noticing that this process is a fork of the one in which something was set up.

namespace crex::detail {

// A number that is different in every process descended from this one by fork(2), or by clone(2)
// without CLONE_VM, and never 0.
std::uint64_t process_epoch();

// Where that number stands: 0 in a child in which nobody has called process_epoch() yet. For those
// who look at every call.
const std::atomic<std::uint64_t>& process_epoch_word();

// Something that has to act in a forked child before anything else does.
class ForkAware {
public:
    ForkAware();
    virtual ~ForkAware();
    ForkAware(const ForkAware&) = delete;
    ForkAware& operator=(const ForkAware&) = delete;

    // Runs in the child, inside fork(): only what signal handlers may do too. This one is what it
    // finds of an object that another thread is just making or destroying.
    virtual void in_forked_child() noexcept {}

private:
    friend struct ForkList;
    ForkAware* next_ = nullptr;
    ForkAware* previous_ = nullptr;
};

} // namespace crex::detail
