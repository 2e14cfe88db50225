// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "common/own_queue.hpp"
#include "common/program.hpp"
#include "common/typed_lines.hpp"
#include "notification/thread_bell.hpp"

using namespace demo;

namespace {

ExitStatus ring_once(const Parameters& parameters) {
    OwnQueue queue{parameters};
    const auto bell = std::make_shared<ThreadBell>(*queue, ThreadBell::Rings::once);
    const TakenDown at_the_end{bell};
    bell->hang_up();
    std::cout << "Type a message for the " << queue.title() << "; a new thread will tell of it."
              << std::endl;
    if (const auto line = TypedLines{}.wait()) {
        queue->send(*line, parameters.patience);
        bell->wait_for(1, parameters.patience);
    }
    return fine;
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"one_shot_thread",
                          "Is told once, by a new thread, that a message has come: what you type, "
                          "or what transmitter\n"
                          "sends.",
                          false};
    return run(argc, argv, program, ring_once);
}
