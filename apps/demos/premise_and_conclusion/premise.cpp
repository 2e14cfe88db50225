// SPDX-License-Identifier: BSL-1.0
#include "common/conversation.hpp"
#include "common/program.hpp"
#include "premise_and_conclusion/objects.hpp"
#include "premise_and_conclusion/shared_memory_channel.hpp"

using namespace demo;

int main(int argc, char** argv) {
    const Program program{"premise", "Converses with Mrs Conclusion in shared memory guarded by a "
                                     "semaphore. Start this one first,\n"
                                     "then conclusion, in another window."};
    return run(argc, argv, program, [](const Parameters& parameters) {
        SharedMemoryChannel channel{Role::premise, create_objects(parameters), parameters};
        return converse(Role::premise, channel, parameters);
    });
}
