// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "common/own_queue.hpp"
#include "common/program.hpp"
#include "common/typed_lines.hpp"
#include "notification/thread_bell.hpp"

using namespace demo;

namespace {

ExitStatus ring_again_and_again(const Parameters& parameters) {
    OwnQueue queue{parameters};
    const auto bell = std::make_shared<ThreadBell>(*queue, ThreadBell::Rings::again_and_again);
    const TakenDown at_the_end{bell};
    bell->hang_up();
    std::cout << "Type messages for the " << queue.title()
              << "; new threads will tell of them. An empty line ends it." << std::endl;
    TypedLines lines;
    std::size_t sent = 0;
    while (const auto line = lines.wait()) {
        queue->send(*line, parameters.patience);
        ++sent;
    }
    bell->wait_for(sent, parameters.patience);
    return fine;
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"repeating_thread",
                          "Is told by new threads, again and again, that a message has come: what "
                          "you type, or what\n"
                          "transmitter sends.",
                          false};
    return run(argc, argv, program, ring_again_and_again);
}
