// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/c/message_queue.h>
#include <crex/message_queue.hpp>

struct crex_message_queue {
    crex::MessageQueue object;
};
