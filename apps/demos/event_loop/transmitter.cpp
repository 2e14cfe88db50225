// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <string>

#include <crex/message_queue.hpp>

#include "common/named_object.hpp"
#include "common/opening.hpp"
#include "common/program.hpp"
#include "common/typed_lines.hpp"

using namespace demo;

namespace {

ExitStatus transmit(const Parameters& parameters) {
    const std::string title = message_queue_of(parameters).title;
    auto queue = open_soon("there is no " + title + " to send to; start listener first", [&] {
        return crex::MessageQueue::try_open(parameters.message_queue_name, 0,
                                            {.backend = parameters.queue_backend});
    });
    std::cout << "Sending each line you type to the " << title << ". An empty line ends it."
              << std::endl;
    TypedLines lines;
    while (const auto line = lines.wait()) {
        queue.send(*line, parameters.patience);
        std::cout << "Sent: " << *line << std::endl;
    }
    return fine;
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"transmitter",
                          "Sends what you type, line by line, to listener, which has to be there.",
                          false};
    return run(argc, argv, program, transmit);
}
