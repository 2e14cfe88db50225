// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

namespace bench {

// System V's objects have a number in place of a name.
inline key_t system_v_key(const std::string& object) {
    return static_cast<key_t>(std::hash<std::string>{}(object) | 1); // 0 is IPC_PRIVATE
}

} // namespace bench
