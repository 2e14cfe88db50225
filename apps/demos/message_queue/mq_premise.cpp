// SPDX-License-Identifier: BSL-1.0
#include "common/conversation.hpp"
#include "common/program.hpp"
#include "message_queue/queue_channel.hpp"

using namespace demo;

int main(int argc, char** argv) {
    const Program program{
        "mq_premise",
        "Converses with Mrs Conclusion through a message queue. Start this one first, then\n"
        "mq_conclusion, in another window.",
        true, true};
    return run(argc, argv, program, [](const Parameters& parameters) {
        QueueChannel channel{Role::premise, parameters};
        return converse(Role::premise, channel, parameters);
    });
}
