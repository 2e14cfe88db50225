// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mqueue.h>

#include "c_demo.h"

// Shared by the two sides of the message queue demo in C.

void send_text(mqd_t queue, const char* text);

// Receives until the text differs from `said`; puts each own text back into the queue.
void receive_news(mqd_t queue, char* heard, const char* said);
