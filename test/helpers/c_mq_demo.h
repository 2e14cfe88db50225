// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mqueue.h>

#include "c_demo.h"

// What the two sides of the message queue demo share in C.

void send_text(mqd_t queue, const char* text);

// Receives until it is another text than `said`; that one goes back into the queue.
void receive_news(mqd_t queue, char* heard, const char* said);
