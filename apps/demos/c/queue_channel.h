// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "conversation.h"

/// mq_premise and mq_conclusion: one message queue for both directions. A process that receives its
/// own message sends it back and tries again.
int converse_through_queue(enum role role, int argc, char** argv, const char* about);
