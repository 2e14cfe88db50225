// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

// Fences for two sides of which one is in a hurry.
//
// Each side stores something and then looks whether the other has: "it is ready" and "is anybody
// asleep?" on one side, "I am going to sleep" and "is it ready?" on the other. For at least one to
// see the other's store, both need a full fence, which costs as much as all the rest of sending a
// message. With membarrier(2) the one who goes to sleep runs it for both, on all processors at
// once; the other merely keeps its compiler from changing the order.

namespace crex::detail {

// Lets this process have light fences that are light. Once is enough, also for its children.
void prepare_fences();

inline std::atomic<bool> fences_are_light{false};

// After the hurried side's store, before its look.
inline void light_fence() {
    if (fences_are_light.load(std::memory_order_relaxed)) [[likely]] {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
}

// After the other side's store, before its look. False when the kernel cannot do it: then the look
// may have missed something, and had better be taken again soon.
bool heavy_fence();

} // namespace crex::detail
