// SPDX-License-Identifier: BSL-1.0
#include "common/conversation.hpp"
#include "common/program.hpp"
#include "message_queue/queue_channel.hpp"

using namespace demo;

int main(int argc, char** argv) {
    const Program program{"mq_conclusion",
                          "Converses with Mrs Premise through a message queue. "
                          "Start mq_premise first, then this one,\n"
                          "in another window.",
                          true, true};
    return run(argc, argv, program, [](const Parameters& parameters) {
        QueueChannel channel{Role::conclusion, parameters};
        return converse(Role::conclusion, channel, parameters);
    });
}
