// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "queue/clock.hpp"
#include "queue/percentile.hpp"
#include "queue/processes.hpp"
#include "queue/setting.hpp"
#include "queue/transfer.hpp"

// How long a message to another process and its answer take, through two queues: the median and the
// 99th percentile, in µs. Each round trip includes one reading of the clock, some 20 ns.

namespace bench {

struct RoundTrip {
    bool one_cpu = false; // both processes on one processor
    Shape shape{10, 64};
};

template <class Queue> class Caller {
public:
    Caller(Queue& requests, Queue& answers, std::size_t size)
        : requests_{requests, size, Touch::ends}, answers_{answers, size, Touch::ends} {}

    void call(bool last = false) {
        const Stamp sent{sequence_++, 0, 0, last ? 1U : 0U};
        requests_.send(sent);
        answers_.receive([&](const Stamp& stamp, unsigned) {
            if (stamp.sequence != sent.sequence) {
                throw WrongResult{"the answer to something else"};
            }
        });
    }

    std::vector<std::uint32_t> call_for(double seconds) {
        std::vector<std::uint32_t> took;
        took.reserve(static_cast<std::size_t>(seconds * 1e7)); // more than any subject needs
        std::int64_t before = now_ns();
        const std::int64_t end = before + static_cast<std::int64_t>(seconds * ns_per_s);
        while (before < end && took.size() < took.capacity()) {
            call();
            const std::int64_t after = now_ns();
            constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
            took.push_back(static_cast<std::uint32_t>(std::min(after - before, most)));
            before = after;
        }
        return took;
    }

private:
    Copying<Queue> requests_;
    Copying<Queue> answers_;
    std::uint64_t sequence_ = 0;
};

template <class Queue> void echo(Queue& requests, Queue& answers, std::size_t size) {
    Copying<Queue> in{requests, size, Touch::ends};
    Copying<Queue> out{answers, size, Touch::ends};
    bool stopped = false;
    while (!stopped) {
        in.receive([&](const Stamp& stamp, unsigned) {
            stopped = stamp.last != 0;
            out.send(stamp);
        });
    }
}

template <class Queue>
void measure(const RoundTrip& trip, SharedState& shared, const Setting& setting) {
    create_noting<Queue>(shared, setting.object, trip.shape);
    create_noting<Queue>(shared, setting.answers(), trip.shape);
    const std::size_t size = trip.shape.size;
    const Role caller{Place::first_cpu, [&](auto&) {
                          Queue requests{setting.object};
                          Queue answers{setting.answers()};
                          shared.meet();
                          Queue::remove(setting.object);
                          Queue::remove(setting.answers());
                          Caller<Queue> call{requests, answers, size};
                          (void)call.call_for(setting.seconds / 10); // to warm up
                          auto took = call.call_for(setting.seconds);
                          call.call(true);
                          shared.answer({percentile(took, 50) / 1e3, percentile(took, 99) / 1e3});
                      }};
    const Role answerer{trip.one_cpu ? Place::first_cpu : Place::second_cpu, [&](auto&) {
                            Queue requests{setting.object};
                            Queue answers{setting.answers()};
                            shared.meet();
                            echo(requests, answers, size);
                        }};
    const Role roles[] = {caller, answerer};
    play(shared, roles);
}

} // namespace bench
