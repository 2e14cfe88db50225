// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <iostream>

#include <poll.h>
#include <unistd.h>

#include <crex/message_queue.hpp>

#include "common/own_queue.hpp"
#include "common/program.hpp"
#include "common/signals.hpp"
#include "common/typed_lines.hpp"

using namespace demo;

namespace {

void print_messages(crex::MessageQueue& queue) {
    while (const auto message = queue.try_receive()) {
        std::cout << "Message with priority " << message->priority << ": " << message->body
                  << std::endl;
    }
}

// Returns false once an empty line was typed, or the input has ended.
bool print_lines(TypedLines& lines) {
    const bool more = lines.read();
    while (const auto line = lines.next()) {
        if (line->empty()) {
            return false;
        }
        std::cout << "You typed: " << *line << std::endl;
    }
    return more;
}

ExitStatus listen(const Parameters& parameters) {
    OwnQueue queue{parameters};
    std::cout << "Listening to the " << queue.title() << " and to you. An empty line ends it."
              << std::endl;
    TypedLines lines;
    std::array<pollfd, 2> sources{{{queue->ready_fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    for (;;) {
        wait_for_any(sources);
        if (sources[0].revents != 0) {
            print_messages(*queue);
        }
        if (sources[1].revents != 0 && !print_lines(lines)) {
            print_messages(*queue);
            return fine;
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"listener",
                          "Waits for messages and for what you type, at once, in one loop. Start "
                          "this one first, then\n"
                          "transmitter, in another window.",
                          false};
    return run(argc, argv, program, listen);
}
