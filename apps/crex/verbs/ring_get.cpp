// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <chrono>
#include <climits>

#include <crex/error.hpp>

#include "io/reader.hpp"
#include "io/streams.hpp"
#include "objects/naming.hpp"
#include "objects/piping.hpp"
#include "process/interruption.hpp"
#include "process/signals.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

// Writes a stream until it ends.
class Getting {
public:
    explicit Getting(const Invocation& given)
        : timeout_{timeout_of(given)}, follow_{given.has("follow")}, ring_{open_ring(given)},
          consumer_{ring_.consumer()} {
        notice_gone_reader();
    }

    void run() {
        try {
            while (take(next())) {
            }
        } catch (const crex::ShutdownError&) {
            return; // the end
        }
        throw Failure{bad_data, printable(ring_.name()) +
                                    ": the producer has gone without ending the stream"};
    }

    void remove_ring() { ring_.unlink(); }

private:
    // The number of records; 0 when there is no producer that could put any in.
    std::size_t next() {
        const auto begin = std::chrono::steady_clock::now();
        for (;;) {
            // In this order: a producer puts records in before it leaves.
            const bool is_there = ring_.has_producer();
            const bool has_left = had_producer_ && !is_there && !follow_;
            had_producer_ = had_producer_ || is_there;
            const auto count = consumer_.peek_many(records_, has_left ? 0ms : look_every);
            if (count != 0 || has_left) {
                had_producer_ = true;
                return count;
            }
            if (!timeout_.is_forever() &&
                std::chrono::steady_clock::now() - begin >= timeout_.limit()) {
                throw Failure{busy, printable(ring_.name()) + ": nothing in time"};
            }
        }
    }

    bool take(std::size_t count) {
        for (const auto record : std::span{records_}.first(count)) {
            if (record.size() > PIPE_BUF) {
                handover_.be_wide();
            }
            write_all(record);
            if (!handover_.is_taken()) {
                die_of(SIGPIPE);
            }
            consumer_.consume();
        }
        return count != 0;
    }

    static constexpr auto look_every = 50ms;

    crex::Timeout timeout_; // before the members that make the ring: it may be invalid
    bool follow_;
    crex::Ring ring_;
    crex::RingConsumer consumer_;
    bool had_producer_ = false;
    Handover handover_;
    std::array<crex::RingConsumer::Record, 64> records_{};
};

ExitStatus run_ring_get(const Invocation& given) {
    Getting getting{given};
    getting.run();
    if (given.has("remove")) {
        getting.remove_ring();
    }
    return fine;
}

std::vector<Option> ring_get_options() {
    auto all = ring_options();
    all.push_back({"follow", nullptr, "when a producer leaves the stream open, wait for another"});
    all.push_back({"remove", nullptr, "remove the ring when the stream has ended"});
    all.push_back({"timeout,t", "DURATION",
                   "give up, with exit status 75, when nothing has come for that long"});
    return all;
}

} // namespace

extern const Verb ring_get{
    .name = "ring get",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "write what is put into a ring to standard output",
    .description =
        R"(Writes the ring's records to standard output, one after the other, until the stream
ends. If its producer goes without ending the stream, all that it has put in is written, and the
exit status is 65: that may not have been all. With --follow, crex waits for another producer.

There can be one consumer at a time (exit status 75). If it is killed, another one can go on, with
the record that it was writing. Into a pipe, a record of at most 4096 bytes is written once the
reader has taken the one before; when the reader goes, crex ends, and a record that was not taken
stays in the ring.)",
    .options = ring_get_options(),
    .more = {},
    .completes = Completes::names,
    .run = run_ring_get,
};

} // namespace cli
