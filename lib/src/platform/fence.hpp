// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

// Fences for two sides of which one must be fast.
//
// Each side stores a word and then reads the other's. The waker stores "it is ready" and reads
// "does a thread sleep?". The sleeper stores "I am going to sleep" and reads "is it ready?". For at
// least one to see the other's store, both need a full fence, which costs as much as all the rest
// of sending a message. With membarrier(2) the sleeper runs it for both, on all processors at once.
// The waker only has to keep its compiler from changing the order.

namespace crex::detail {

// Registers this process with membarrier(2), which makes its light fences cheap. Once is enough,
// also for its children.
void prepare_fences();

inline std::atomic<bool> fences_are_light{false};

// For the waker, between its store and its read.
inline void light_fence() {
    if (fences_are_light.load(std::memory_order_relaxed)) [[likely]] {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
}

// For the sleeper, between its store and its read. False when the kernel cannot do it: the read may
// then have missed the store, and must be repeated soon.
bool heavy_fence();

} // namespace crex::detail
