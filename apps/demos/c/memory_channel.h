// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "conversation.h"

/// premise and conclusion: a text in shared memory, guarded by a semaphore. The process that has
/// acquired it may read and write. With LIVE_DANGEROUSLY it is never acquired or released.
int converse_in_memory(enum role role, int argc, char** argv, const char* about);
