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

// How often this process has called fork(2), and those that it descends from. Whoever finds it
// unchanged after something has no child that was born meanwhile.
std::uint64_t forks();

// Until the end of the scope no other thread forks: fork(2) waits. For a few system calls, and
// nothing that may wait for anybody, or allocate.
//
// Where a descriptor is opened and its number stored, or where a number is stored that somebody
// acts on in a child: the kernel copies descriptors first and memory later, so that the child would
// have one without the other.
class ForkBlocker {
public:
    ForkBlocker();
    ~ForkBlocker();
    ForkBlocker(const ForkBlocker&) = delete;
    ForkBlocker& operator=(const ForkBlocker&) = delete;
};

// Has something act in a forked child before anything else does: its in_forked_child(), which runs
// inside fork(2), and so may do only what signal handlers may, too. A member of that something, and
// the last one: then no child finds the others not yet made, or gone.
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
