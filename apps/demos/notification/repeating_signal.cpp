// SPDX-License-Identifier: BSL-1.0
#include <csignal>
#include <iostream>

#include "common/own_queue.hpp"
#include "common/program.hpp"
#include "notification/ding.hpp"
#include "notification/signal_bell.hpp"

using namespace demo;

namespace {

ExitStatus ring_again_and_again(const Parameters& parameters) {
    OwnQueue queue{parameters};
    const SignalBell bell{SIGUSR1};
    queue->request_notification(crex::Signal{SIGUSR1});
    std::cout << "Type messages for the " << queue.title()
              << "; SIGUSR1 will tell of them. An empty line ends it." << std::endl;
    bell.listen(*queue, parameters.patience, [&] {
        queue->request_notification(crex::Signal{SIGUSR1}); // first, so that nothing is missed
        print_dings(*queue);
        return true;
    });
    return fine;
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"repeating_signal",
                          "Is told by a signal, again and again, that a message has come: what you "
                          "type, or what\n"
                          "transmitter sends.",
                          false};
    return run(argc, argv, program, ring_again_and_again);
}
