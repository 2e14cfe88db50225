// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/processes.hpp"
#include "methods/kinds.hpp"
#include "methods/percentile.hpp"
#include "methods/setting.hpp"
#include "methods/timed_calls.hpp"
#include "methods/transfer.hpp"

// How long a message to another process and its answer take, through two queues: percentiles, in
// µs. Any number of processes may wait for the message; one of them gets it and answers.

namespace bench {

struct RoundTrip {
    bool one_cpu = false; // all processes on one processor
    Shape shape{10, 64};
    unsigned waiters = 1;

    template <QueueKind Queue> [[nodiscard]] bool fits() const {
        const bool shares = one_cpu || waiters > 1; // a processor
        return !(shares && Queue::waiting == waits::spinning) && waiters <= Queue::receivers &&
               waiters <= Queue::senders;
    }
};

template <QueueKind Queue> class Caller {
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

private:
    Copying<Queue> requests_;
    Copying<Queue> answers_;
    std::uint64_t sequence_ = 0;
};

template <QueueKind Queue> void echo(Queue& requests, Queue& answers, std::size_t size) {
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

template <QueueKind Queue>
void call_in_turn(const RoundTrip& trip, SharedState& shared, const Setting& setting) {
    Queue requests{setting.object, End::sends};
    Queue answers{setting.answers(), End::receives};
    shared.meet();
    remove_early<Queue>(setting.object);
    remove_early<Queue>(setting.answers());
    Caller<Queue> caller{requests, answers, trip.shape.size};
    (void)timed_calls(setting.seconds / 10, [&] { caller.call(); }); // to warm up
    auto took = timed_calls(setting.seconds, [&] { caller.call(); });
    for (unsigned waiter = 0; waiter < trip.waiters; ++waiter) {
        caller.call(true);
    }
    shared.answer(round_trip_figures(took));
    shared.meet(); // a subject may lose what it still has when it closes
}

template <QueueKind Queue>
void measure(const RoundTrip& trip, SharedState& shared, const Setting& setting) {
    create_noting<Queue>(shared, setting.object, trip.shape);
    create_noting<Queue>(shared, setting.answers(), trip.shape);
    const Role caller{Place::first_cpu, [&](auto&) { call_in_turn<Queue>(trip, shared, setting); }};
    const Role answerer{trip.one_cpu ? Place::first_cpu : Place::second_cpu, [&](auto&) {
                            Queue requests{setting.object, End::receives};
                            Queue answers{setting.answers(), End::sends};
                            shared.meet();
                            echo(requests, answers, trip.shape.size);
                            shared.meet();
                        }};
    std::vector<Role> roles{caller};
    roles.resize(1 + trip.waiters, answerer);
    play(shared, roles);
}

} // namespace bench
