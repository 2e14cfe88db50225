// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

// Detecting that this process is a forked child of the process that set something up.

namespace crex::detail {

// A number, never 0, that is different in every process descended from this one by fork(2), or by
// clone(2) without CLONE_VM.
std::uint64_t process_epoch();

// The word that holds this number: 0 in a child that has not called process_epoch() yet. For code
// that checks it in every call.
const std::atomic<std::uint64_t>& process_epoch_word();

// How often this process and its ancestors have called fork(2). If the number is the same before
// and after an action, no child was forked during the action.
std::uint64_t forks();

// Until the end of the scope, fork(2) in another thread waits. The scope may make a few system
// calls, but must not wait or allocate.
//
// It is for opening a descriptor and storing its number, and for storing a number that an at-fork
// handler uses. The kernel copies descriptors first and memory later, so that a child could have
// one without the other.
class ForkBlocker {
public:
    ForkBlocker();
    ~ForkBlocker();
    ForkBlocker(const ForkBlocker&) = delete;
    ForkBlocker& operator=(const ForkBlocker&) = delete;
};

// Calls in_forked_child() of its owner in each forked child, inside fork(2). So that function may
// only do what a signal handler may do. It must be the owner's last member: then no child finds the
// other members not yet made, or already gone.
class AtForkChild {
public:
    template <class Something>
    explicit AtForkChild(Something& something)
        : AtForkChild{&something,
                      [](void* it) noexcept { static_cast<Something*>(it)->in_forked_child(); }} {}
    ~AtForkChild();
    AtForkChild(const AtForkChild&) = delete;
    AtForkChild& operator=(const AtForkChild&) = delete;

private:
    friend struct ForkList;
    using Action = void (*)(void* something) noexcept;
    AtForkChild(void* something, Action action);

    void* something_;
    Action action_;
    AtForkChild* next_ = nullptr;
    AtForkChild* previous_ = nullptr;
};

} // namespace crex::detail
