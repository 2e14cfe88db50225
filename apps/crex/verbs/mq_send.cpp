// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <crex/limits.hpp>

#include "io/streams.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

// Sends standard input, with the priority and the time limit given.
class Sending {
public:
    explicit Sending(const Invocation& given)
        : queue_{open_queue(given, May::send)}, patience_{timeout_from(given)}, priority_{
                                                                                    priority_of(
                                                                                        given)} {}

    void send_one() {
        const std::string body = read_all(queue_.max_message_size());
        if (!queue_.try_send_for(patience_, body, priority_)) {
            give_up();
        }
    }

    void send_each(char delimiter) {
        Records records{delimiter, queue_.max_message_size()};
        for (const auto* some = &records.next(); !some->empty(); some = &records.next()) {
            send(*some);
        }
    }

private:
    static unsigned priority_of(const Invocation& given) {
        const unsigned long priority = given.number("priority").value_or(0);
        if (priority > crex::queue_priority_max) {
            throw UsageError{"--priority: at most " + std::to_string(crex::queue_priority_max)};
        }
        return static_cast<unsigned>(priority);
    }

    // Sends the messages before one that is too long.
    void send(std::span<const std::string_view> bodies) {
        const auto fits = [most = queue_.max_message_size()](std::string_view body) {
            return body.size() <= most;
        };
        const auto end = std::find_if_not(bodies.begin(), bodies.end(), fits);
        const auto good = bodies.first(static_cast<std::size_t>(end - bodies.begin()));
        const std::size_t count = good.empty() ? 0 : queue_.send_many(good, patience_, priority_);
        sent_ += count;
        if (count < good.size()) {
            give_up();
        }
        if (end != bodies.end()) {
            throw Failure{bad_data, "record " + std::to_string(sent_ + 1) +
                                        " is longer than the queue takes, " +
                                        std::to_string(queue_.max_message_size()) + " bytes"};
        }
    }

    [[noreturn]] void give_up() const {
        end_if_interrupted();
        const std::string name = printable(queue_.name());
        throw Failure{busy, sent_ == 0 ? name + ": full, and no room in time"
                                       : name + ": no room in time; messages sent before: " +
                                             std::to_string(sent_)};
    }

    crex::MessageQueue queue_;
    crex::Timeout patience_;
    unsigned priority_;
    std::uint64_t sent_ = 0;
};

ExitStatus run_mq_send(const Invocation& given) {
    if (given.has("lines") && given.has("null")) {
        throw UsageError{"--lines or --null?"};
    }
    Sending sending{given};
    if (given.has("lines") || given.has("null")) {
        sending.send_each(given.has("null") ? '\0' : '\n');
    } else {
        sending.send_one();
    }
    return fine;
}

} // namespace

extern const Verb mq_send{
    .name = "mq send",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "send standard input to a queue",
    .description =
        R"(Sends standard input, as it is, as one message. With --lines it sends each line, and
with --null each part that ends with a zero byte, as a message of its own, as soon as it is there.
Waits while the queue is full.

A message that is longer than the queue allows is an error (exit status 65). The messages before it
have been sent.)",
    .options = {{"lines,l", nullptr, "each line is a message, without its newline"},
                {"null,0", nullptr, "each message ends with a zero byte, which is no part of it"},
                {"priority,p", "N", "0 to 32767, which is first; 0, unless given"},
                {"timeout,t", "DURATION",
                 "give up, with exit status 75, when there is no room in that long"},
                {"backend,b", "BACKEND", "robust, boost or posix, where several have the name"},
                at_option},
    .more = {{"EXAMPLES", " printf hello | crex mq send jobs -p 5\n"
                          " find . -print0 | crex mq send -0 jobs"}},
    .completes = Completes::names,
    .run = run_mq_send,
};

} // namespace cli
