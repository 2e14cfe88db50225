// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mqueue.h>
#include <signal.h>

namespace crex::mqueue {

// mq_notify(3). Returns 0, or minus an errno value. A null `wanted` takes the request back.
int notify(mqd_t descriptor, const sigevent* wanted);

} // namespace crex::mqueue
