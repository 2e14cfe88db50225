// SPDX-License-Identifier: BSL-1.0
#include <csignal>
#include <iostream>

#include "common/own_queue.hpp"
#include "common/program.hpp"
#include "notification/ding.hpp"
#include "notification/signal_bell.hpp"

using namespace demo;

namespace {

ExitStatus ring_once(const Parameters& parameters) {
    OwnQueue queue{parameters};
    const SignalBell bell{SIGUSR1};
    queue->request_notification(crex::Signal{SIGUSR1});
    std::cout << "Type a message for the " << queue.title() << "; SIGUSR1 will tell of it."
              << std::endl;
    bell.listen(*queue, parameters.patience, [&] {
        print_dings(*queue);
        return false;
    });
    return fine;
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"one_shot_signal",
                          "Is told once, by a signal, that a message has come: what you type, or "
                          "what transmitter sends.",
                          false};
    return run(argc, argv, program, ring_once);
}
