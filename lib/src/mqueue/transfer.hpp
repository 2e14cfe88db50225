// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mqueue.h>
#include <time.h>

// mq_timedsend(3) and mq_timedreceive(3); with a null `until`, mq_send(3) and mq_receive(3). Both
// return the result, or minus an errno value.

namespace crex::mqueue {

ssize_t send(mqd_t descriptor, const char* bytes, size_t size, unsigned priority,
             const timespec* until);

ssize_t receive(mqd_t descriptor, char* buffer, size_t size, unsigned* priority,
                const timespec* until);

} // namespace crex::mqueue
