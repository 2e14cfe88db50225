// SPDX-License-Identifier: BSL-1.0
#include "memory_channel.h"

int main(int argc, char** argv) {
    return converse_in_memory(
        conclusion, argc, argv,
        "Converses with Mrs Premise in shared memory guarded by a semaphore. Start premise_c or\n"
        "premise first, then this one, in another window.");
}
