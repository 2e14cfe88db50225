// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

namespace bench {

// Sets a limit of the kernel's queues: "fs/mqueue/msg_max" or "kernel/msgmnb", for example. The
// first call gives this process and its future children an IPC namespace of their own, so that no
// other program's limits change. Where that is not allowed, the limit stays as it is.
void set_ipc_limit(const std::string& limit, std::size_t value);

} // namespace bench
