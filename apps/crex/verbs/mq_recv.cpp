// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <memory>
#include <vector>

#include <crex/error.hpp>

#include "io/reader.hpp"
#include "objects/naming.hpp"
#include "objects/receiving.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/interruption.hpp"
#include "process/signals.hpp"
#include "process/work.hpp"
#include "text/format.hpp"

namespace cli {
namespace {

// From the queue to standard output.
class Receiving {
public:
    explicit Receiving(const Invocation& given)
        : queue_{open_queue(given, May::receive)}, patience_{timeout_from(given)}, format_{given},
          how_many_{how_many(given)} {}
    Receiving(const Receiving&) = delete;
    Receiving& operator=(const Receiving&) = delete;

    void run() {
        try {
            receive();
        } catch (const crex::ShutdownError&) {
            if (!how_many_.no_end) {
                throw;
            }
        }
        output_.flush();
    }

protected:
    ~Receiving() = default;

    [[noreturn]] void give_up() const {
        end_if_interrupted();
        throw Failure{busy, printable(queue_.name()) + ": no message in time"};
    }

    crex::MessageQueue queue_;
    crex::Timeout patience_;
    Format format_;
    HowMany how_many_;
    Output output_;

private:
    virtual void receive() = 0;
};

// To a file or terminal: many messages at a time. None is held back while it waits.
class ReceivingMany final : public Receiving {
public:
    explicit ReceivingMany(const Invocation& given)
        : Receiving{given}, size_{std::max(queue_.max_message_size(), std::size_t{1} << 18)},
          buffer_{std::make_unique_for_overwrite<std::byte[]>(size_)} {}

private:
    void receive() override {
        while (how_many_.left != 0) {
            std::size_t count = take(crex::do_not_wait);
            if (count == 0) {
                output_.flush();
                if (how_many_.only_what_is_there) {
                    return;
                }
                count = take(patience_);
            }
            if (count == 0) {
                give_up();
            }
            put(count);
        }
    }

    std::size_t take(const crex::Timeout& timeout) {
        const std::size_t most = std::min<std::uint64_t>(received_.size(), how_many_.left);
        return queue_.receive_many_into({buffer_.get(), size_}, std::span{received_}.first(most),
                                        timeout);
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

    std::size_t size_;
    std::unique_ptr<std::byte[]> buffer_;
    std::array<crex::ReceivedMessage, 4096> received_{};
};

// To a reader, which may go at any time. Messages are written one after the other at first, each
// once the reader has taken the one before; later, a sixteenth of the number that it has taken at a
// time. On a robust queue, messages that the reader has not taken go back.
class HandingOver final : public Receiving {
public:
    explicit HandingOver(const Invocation& given) : Receiving{given} { notice_gone_reader(); }

private:
    void receive() override {
        while (how_many_.left != 0) {
            end_if_interrupted();
            take_some();
            if (ends_.empty()) {
                if (how_many_.only_what_is_there) {
                    return;
                }
                give_up();
            }
            how_many_.left -= ends_.size();
            hand_over();
        }
    }

    // Waits only for the first message.
    void take_some() {
        leases_.clear();
        ends_.clear();
        text_.clear();
        const auto most = std::min<std::uint64_t>(
            how_many_.left, std::clamp<std::uint64_t>(taken_ / portion, 1, most_at_once));
        const auto first = how_many_.only_what_is_there ? crex::do_not_wait : patience_;
        try {
            while (ends_.size() < most && take(ends_.empty() ? first : crex::do_not_wait)) {
                text_ += output_.take();
                ends_.push_back(text_.size());
            }
        } catch (const crex::ShutdownError&) {
            if (ends_.empty()) { // else these are handed over first
                throw;
            }
        }
    }

    // Puts a message into output_.
    bool take(const crex::Timeout& timeout) {
        if (has_leases(queue_)) {
            if (auto lease = queue_.try_lease(timeout)) {
                put(lease->bytes(), lease->priority());
                leases_.push_back(*std::move(lease));
                return true;
            }
            return false;
        }
        const auto message = queue_.try_receive_for(timeout);
        if (message) {
            put(std::as_bytes(std::span{message->body}), message->priority);
        }
        return message.has_value();
    }

    void put(std::span<const std::byte> body, unsigned priority) {
        format_.put(output_, {reinterpret_cast<const char*>(body.data()), body.size()}, priority);
    }

    // The reader may read the last messages after crex has ended.
    void hand_over() {
        const std::stop_token& stop = interruption();
        const bool is_last = how_many_.left == 0;
        const std::size_t written = handover_.write(text_, stop);
        const bool is_whole = written == text_.size();
        if (is_whole && (is_last || handover_.is_taken(stop))) {
            settle(written);
            return;
        }
        settle(reader_has_gone() ? written - std::min(written, Handover::unread()) : written);
        end_if_interrupted();
        die_of(SIGPIPE);
    }

    // Acknowledges the messages that have gone to the reader whole, and gives the others back.
    void settle(std::size_t bytes) {
        for (std::size_t i = 0; i < leases_.size(); ++i) {
            if (ends_[i] <= bytes) {
                leases_[i].ack();
            } else {
                leases_[i].nack_untried();
            }
        }
        taken_ += ends_.size();
    }

    static constexpr std::uint64_t portion = 16;
    static constexpr std::uint64_t most_at_once = 1024;

    Handover handover_;
    std::uint64_t taken_ = 0;
    std::string text_;
    std::vector<std::size_t> ends_; // of the messages in it
    std::vector<crex::Lease> leases_;
};

ExitStatus run_mq_recv(const Invocation& given) {
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
    if (output_is_a_pipe()) {
        HandingOver{given}.run();
    } else {
        std::make_unique<ReceivingMany>(given)->run();
    }
    return fine;
}

std::vector<Option> mq_recv_options() {
    std::vector<Option> all{
        {"count,n", "N", "how many messages; 1, unless given"},
        {"follow", nullptr, "go on for ever, or until the queue is shut down"},
        {"drain", nullptr, "all messages that are there, without waiting"},
        {"exec,x", "COMMAND", "give each message to this command of sh(1)"},
        {"keep-going,k", nullptr, "with --exec: go on when the command fails"},
        {"timeout,t", "DURATION",
         "give up, with exit status 75, when no message has come for that long"},
        {"backend,b", "BACKEND", "robust, boost or posix, where several have the name"},
        at_option};
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
        R"(Takes the oldest message of the highest priority, or several messages, and writes them
to standard output. Waits while the queue is empty.

Into a pipe, a message is written once the reader has taken the one before; later, as many at a time
as a sixteenth of those that it has taken. When the reader goes, crex ends, and messages of a robust
queue that the reader has not taken go back to their old places. Elsewhere, a message that crex has
taken is gone from the queue: if crex is killed before it has written the message, or cannot write
it, the message is lost.

With --exec nothing is lost. The message, on the command's standard input, is taken from the queue
once the command has ended with status 0. If the command fails, the message goes back to its old
place, and crex ends with the command's status. With --keep-going crex goes on; that needs a queue
with --max-attempts, or crex gets that message again for ever. SIGINT, SIGTERM, SIGHUP and SIGQUIT
end crex, with 128 and their number: the command gets the signal, too, and unless it then succeeds,
its message goes back without counting as an attempt. If crex is killed, the message goes back at
once: a command that is still running may then work on it at the same time as another command. The
command finds the priority in CREX_PRIORITY, and in CREX_ATTEMPTS how often the message was given
back before. Only robust queues can do this.)",
    .options = mq_recv_options(),
    .more = {Format::section(),
             {"EXAMPLES", " crex mq recv jobs -t 5s\n"
                          " crex mq recv jobs --follow --exec 'xargs -0 work'\n"
                          " crex mq recv jobs --drain --format json"}},
    .completes = Completes::names,
    .run = run_mq_recv,
};

} // namespace cli
