// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace bench {

// A pause between two looks of a polling loop: long enough not to disturb the process that changes
// what the loop looks at.
inline void pause() {
    constexpr int times = 8;
    for (int i = 0; i < times; ++i) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
}

} // namespace bench
