// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mqueue.h>

// mq_open(3) and mq_unlink(3). Both return minus an errno value on failure.

namespace crex::mqueue {

// Returns a new descriptor. `mode` and `attributes`, which may be null, are for O_CREAT.
int open_queue(const char* name, int flags, mode_t mode, const mq_attr* attributes);

int unlink_queue(const char* name);

} // namespace crex::mqueue
