// SPDX-License-Identifier: BSL-1.0
#include "queue_channel.h"

int main(int argc, char** argv) {
    return converse_through_queue(
        premise, argc, argv,
        "Converses with Mrs Conclusion through a message queue. Start this one first,\n"
        "then mq_conclusion_c or mq_conclusion, in another window.");
}
