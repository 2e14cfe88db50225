// SPDX-License-Identifier: BSL-1.0
#include "common/conversation.hpp"
#include "common/program.hpp"
#include "premise_and_conclusion/objects.hpp"
#include "premise_and_conclusion/shared_memory_channel.hpp"

using namespace demo;

int main(int argc, char** argv) {
    const Program program{
        "conclusion",
        "Converses with Mrs Premise in shared memory guarded by a semaphore. Start premise first,\n"
        "then this one, in another window."};
    return run(argc, argv, program, [](const Parameters& parameters) {
        SharedMemoryChannel channel{Role::conclusion, open_objects(parameters), parameters};
        return converse(Role::conclusion, channel, parameters);
    });
}
