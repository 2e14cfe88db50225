// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace bench {

// What a loop that looks again and again does in between.
inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

} // namespace bench
