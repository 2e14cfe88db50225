// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <crex/error.hpp>

#include "io/streams.hpp"
#include "objects/piping.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

// Reserves room first, so that read(2) writes to where ring get reads. If crex is killed, reserved
// room that is not filled is no part of the ring.
void put_all(crex::RingProducer& producer, std::size_t piece, const crex::Timeout& timeout) {
    for (;;) {
        const auto room = producer.reserve(piece, timeout);
        const std::size_t count = read_some(room);
        if (count == 0) {
            producer.cancel();
            return;
        }
        producer.shrink(count);
        producer.commit();
    }
}

// A fraction of the ring, so that both sides work at once.
std::size_t piece_of(const crex::Ring& ring) {
    constexpr std::size_t most = std::size_t{1} << 18;
    return std::clamp<std::size_t>(ring.capacity() / 4, 1, most);
}

ExitStatus run_ring_put(const Invocation& given) {
    const crex::Timeout timeout = timeout_of(given);
    crex::Ring ring = open_ring(given);
    crex::RingProducer producer = ring.producer();
    put_all(producer, piece_of(ring), timeout);
    if (!given.has("keep")) {
        ring.shutdown();
    }
    return fine;
}

std::vector<Option> ring_put_options() {
    auto all = ring_options();
    all.push_back({"keep,k", nullptr, "leave the stream open, for another producer"});
    all.push_back({"timeout,t", "DURATION",
                   "give up, with exit status 75, when there is no room in that long"});
    return all;
}

} // namespace

extern const Verb ring_put{
    .name = "ring put",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "put standard input into a ring",
    .description =
        R"(Copies standard input into a ring, from which crex ring get or a program takes it at the
same time, and ends the stream. A ring whose stream has ended takes nothing any more, and must be
removed. The ring is a pipe with a name and a size. Its records are pieces of the stream, as long as
a read(2) returned.

There can be one producer at a time (exit status 75). If it is killed, what it has put in stays, and
another one can go on.)",
    .options = ring_put_options(),
    .more = {{"EXAMPLES", " tar c . | crex ring put --create tree\n"
                          " crex ring get --create --remove tree | tar x -C there"}},
    .completes = Completes::names,
    .run = run_ring_put,
};

} // namespace cli
