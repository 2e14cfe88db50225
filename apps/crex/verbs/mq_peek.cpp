// SPDX-License-Identifier: BSL-1.0
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "text/format.hpp"

namespace cli {
namespace {

ExitStatus run_mq_peek(const Invocation& given) {
    const Format format{given};
    const crex::MessageQueue queue = open_queue(given, May::both);
    if (!has_leases(queue)) {
        throw UsageError{printable(queue.name()) + " is of the " +
                         std::string{to_string(queue.backend())} +
                         " backend; only a robust queue shows a message and keeps it"};
    }
    const auto message = queue.peek();
    if (!message) {
        throw Failure{busy, printable(queue.name()) + " is empty"};
    }
    Output output;
    format.put(output, message->body, message->priority);
    output.flush();
    return fine;
}

std::vector<Option> mq_peek_options() {
    auto all = Format::options();
    all.push_back({"backend,b", "BACKEND", "robust, boost or posix, where several have the name"});
    all.push_back(at_option);
    return all;
}

} // namespace

extern const Verb mq_peek{
    .name = "mq peek",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "show the next message of a queue, and leave it there",
    .description =
        R"(Writes the message that crex mq recv would take to standard output, and leaves it in the
queue. If there is none, the exit status is 75. Only robust queues can do this.)",
    .options = mq_peek_options(),
    .more = {Format::section()},
    .completes = Completes::names,
    .run = run_mq_peek,
};

} // namespace cli
