// SPDX-License-Identifier: BSL-1.0
#include "memory_channel.h"

int main(int argc, char** argv) {
    return converse_in_memory(premise, argc, argv,
                              "Converses with Mrs Conclusion in shared memory guarded by a "
                              "semaphore. Start this one first,\n"
                              "then conclusion_c or conclusion, in another window.");
}
