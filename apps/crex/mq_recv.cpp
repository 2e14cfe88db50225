// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <limits>
#include <memory>

#include <crex/error.hpp>

#include "format.hpp"
#include "interruption.hpp"
#include "mq_work.hpp"
#include "naming.hpp"
#include "receiving.hpp"
#include "target.hpp"

namespace cli {

HowMany how_many(const Invocation& given) {
    const bool no_end = given.has("follow") || given.has("drain");
    if ((given.has("follow") && given.has("drain")) || (no_end && given.has("count"))) {
        throw UsageError{"one of --count, --follow and --drain"};
    }
    const unsigned long count = given.number("count").value_or(1);
    return {no_end ? std::numeric_limits<std::uint64_t>::max() : count, no_end, given.has("drain")};
}

namespace {

// From the queue to standard output, many at a time. Nothing stays here while it waits.
class Receiving {
public:
    explicit Receiving(const Invocation& given)
        : queue_{open_queue(given, May::receive)}, patience_{patience_of(given)}, format_{given},
          how_many_{how_many(given)}, size_{std::max(queue_.max_message_size(),
                                                     std::size_t{1} << 18)},
          buffer_{std::make_unique_for_overwrite<std::byte[]>(size_)} {}

    void run() {
        try {
            receive();
        } catch (const crex::ShutdownError&) {
            output_.flush();
            if (!how_many_.no_end) {
                throw;
            }
        }
        output_.flush();
    }

private:
    void receive() {
        while (how_many_.left != 0) {
            std::size_t count = take(crex::do_not_wait);
            if (count == 0) {
                output_.flush();
                if (how_many_.only_what_is_there) {
                    return;
                }
                count = wait();
            }
            put(count);
        }
    }

    std::size_t take(const crex::Timeout& timeout) {
        const std::size_t most = std::min<std::uint64_t>(received_.size(), how_many_.left);
        return queue_.receive_many_into({buffer_.get(), size_}, std::span{received_}.first(most),
                                        timeout);
    }

    std::size_t wait() {
        const std::size_t count = take(patience_);
        if (count == 0) {
            end_if_interrupted();
            throw Failure{busy, printable(queue_.name()) + ": no message in time"};
        }
        return count;
    }

    void put(std::size_t count) {
        const auto* next = reinterpret_cast<const char*>(buffer_.get());
        for (const auto& each : std::span{received_}.first(count)) {
            format_.put(output_, {next, each.size}, each.priority);
            next += each.size;
        }
        how_many_.left -= count;
        output_.flush_if_long();
    }

    crex::MessageQueue queue_;
    crex::Timeout patience_;
    Format format_;
    HowMany how_many_;
    std::size_t size_;
    std::unique_ptr<std::byte[]> buffer_;
    std::array<crex::ReceivedInto, 4096> received_{};
    Output output_;
};

ExitStatus run(const Invocation& given) {
    if (given.has("exec")) {
        for (const char* const option : {"format", "null", "print-priority"}) {
            if (given.has(option)) {
                throw UsageError{std::string{"--"}.append(option).append(" is not for --exec")};
            }
        }
        return work(given);
    }
    if (given.has("keep-going")) {
        throw UsageError{"--keep-going is for --exec"};
    }
    std::make_unique<Receiving>(given)->run();
    return fine;
}

std::vector<Option> options() {
    std::vector<Option> all{
        {"count,n", "N", "as many messages; 1, unless given"},
        {"follow", nullptr, "go on for ever, or until the queue is shut down"},
        {"drain", nullptr, "what is there, without waiting"},
        {"exec,x", "COMMAND", "give each message to this command of sh(1)"},
        {"keep-going,k", nullptr, "with --exec: go on when it fails"},
        {"timeout,t", "DURATION", "give up, with exit status 75, when none has come for that long"},
        {"backend,b", "BACKEND", "robust, boost or posix, where several have the name"}};
    for (const Option& option : Format::options()) {
        all.push_back(option);
    }
    return all;
}

} // namespace

extern const Verb mq_recv{
    .name = "mq recv",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "receive messages of a queue",
    .description =
        R"(Takes the oldest message of the highest priority and writes it to standard output; or several.
Waits while the queue is empty. What crex has taken is gone from the queue: if it is killed before
it has written it, or cannot write, it is lost.

With --exec nothing is. The message, on the command's standard input, is taken from the queue once
the command has ended with status 0. If it fails, the message goes back to its old place, and crex
ends with the command's status; with --keep-going it goes on, which wants a queue with
--max-attempts, lest it get that message again for ever. If crex is killed, the message goes back at
once: a command that is running still may then be at work on it along with another. The command
finds the priority in CREX_PRIORITY, and how often the message was given back before in
CREX_ATTEMPTS. Only robust queues can do this.)",
    .options = options(),
    .more = {Format::section(),
             {"EXAMPLES", " crex mq recv jobs -t 5s\n"
                          " crex mq recv jobs --follow --exec 'xargs -0 work'\n"
                          " crex mq recv jobs --drain --format json"}},
    .completes = Completes::names,
    .run = run,
};

} // namespace cli
