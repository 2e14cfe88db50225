// SPDX-License-Identifier: BSL-1.0
#include "platform/fence.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace crex::detail {

void prepare_fences() {
    if (!fences_are_light.load() &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0) {
        fences_are_light.store(true);
    }
}

// Reaches every running thread of every process that has called prepare_fences(). A thread that is
// not running has passed a fence when the processor switched away from it.
bool heavy_fence() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0;
}

} // namespace crex::detail
