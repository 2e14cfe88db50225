// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace crex::detail {

// Tells the processor that this is a waiting loop.
inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#endif
}

} // namespace crex::detail
