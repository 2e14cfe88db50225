// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace bench {

// What a loop that looks again and again does in between: long enough not to be in the way of
// whoever is to change what it looks at.
inline void pause() {
    constexpr int times = 8;
    for (int i = 0; i < times; ++i) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
}

} // namespace bench
