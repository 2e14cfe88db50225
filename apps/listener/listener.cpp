// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <iostream>

#include <poll.h>
#include <unistd.h>

#include <crex/message_queue.hpp>

#include "conversation/named_object.hpp"
#include "conversation/opening.hpp"
#include "conversation/program.hpp"
#include "conversation/signals.hpp"
#include "listener/typed_lines.hpp"

using namespace demo;

namespace {

void print_messages(crex::MessageQueue& queue) {
    while (const auto message = queue.try_receive()) {
        std::cout << "Message with priority " << message->priority << ": " << message->body
                  << std::endl;
    }
}

// False once an empty line was typed, or the input has ended.
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
    const NamedObject object = message_queue_of(parameters);
    auto queue = create_or_explain({object}, parameters, [&] {
        return crex::MessageQueue{
            parameters.message_queue_name,
            crex::O_CREX,
            {.mode = parameters.permissions, .backend = parameters.queue_backend}};
    });
    const Creation creation{object};
    std::cout << "Listening to the " << object.title << " and to you. An empty line ends it."
              << std::endl;
    TypedLines lines;
    std::array<pollfd, 2> sources{{{queue.ready_fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    for (;;) {
        throw_if_interrupted();
        if (poll(sources.data(), sources.size(), -1) <= 0) {
            continue; // a signal
        }
        if (sources[0].revents != 0) {
            print_messages(queue);
        }
        if (sources[1].revents != 0 && !print_lines(lines)) {
            print_messages(queue);
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
