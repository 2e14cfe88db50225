// SPDX-License-Identifier: BSL-1.0
#include "queue_channel.h"

int main(int argc, char** argv) {
    return converse_through_queue(
        conclusion, argc, argv,
        "Converses with Mrs Premise through a message queue. Start mq_premise_c or\n"
        "mq_premise first, then this one, in another window.");
}
